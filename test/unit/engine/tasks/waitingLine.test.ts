import assert from 'node:assert/strict';
import { WaitingLine, type WaitingTask } from '../../../../src/engine/tasks/waitingLine.ts';
import { forSeeds } from '../seededRandom.ts';

/** `q3` is a task of order 3; the text is the id. */
function lineOf(text: string): WaitingLine {
  const line = new WaitingLine();
  for (const id of text.split(' ').filter((word) => word !== '')) line.add({ id, order: Number(id.slice(1)) });
  return line;
}

function inOrder(line: WaitingLine): string[] {
  const ids: string[] = [];
  for (let id = line.first; id !== null; id = line.neighbour(id, 'down')) ids.push(id);
  return ids;
}

describe('WaitingLine', () => {
  const orders: [tasks: string, inOrder: string][] = [
    ['', ''],
    ['q1', 'q1'],
    ['q3 q1 q2', 'q1 q2 q3'],
    ['q2.5 q10 q2', 'q2 q2.5 q10'],
    ['q5 q-1 q0', 'q-1 q0 q5'],
    ['b1 a1 c0', 'c0 a1 b1'],
  ];
  for (const [tasks, expected] of orders) {
    it(`"${tasks}" wait in the order "${expected}"`, () => {
      assert.equal(inOrder(lineOf(tasks)).join(' '), expected);
    });
  }

  const neighbours: [tasks: string, id: string, direction: 'up' | 'down', neighbour: string | null][] = [
    ['q1 q2 q3', 'q2', 'up', 'q1'],
    ['q1 q2 q3', 'q2', 'down', 'q3'],
    ['q3 q1 q2', 'q2', 'up', 'q1'],
    ['q1 q2', 'q1', 'up', null],
    ['q1 q2', 'q2', 'down', null],
    ['q1', 'q1', 'down', null],
    ['q1', 'q9', 'up', null],
    ['', 'q9', 'down', null],
  ];
  for (const [tasks, id, direction, neighbour] of neighbours) {
    it(`${direction} of ${id} in "${tasks}" is ${neighbour}`, () => {
      assert.equal(lineOf(tasks).neighbour(id, direction), neighbour);
    });
  }

  it('one that is added again moves to its new place', () => {
    const line = lineOf('q1 q2 q3');
    line.add({ id: 'q1', order: 2.5 });
    assert.deepEqual(inOrder(line), ['q2', 'q1', 'q3']);
    assert.equal(line.size, 3);
  });

  it('is a sorted list in whatever happens', () =>
    forSeeds(20, (random) => {
      const line = new WaitingLine();
      const model = new Map<string, WaitingTask>();
      for (let step = 0; step < 300; step++) {
        const id = `t${random.between(0, 50)}`;
        if (random.chance(0.6)) {
          const task = { id, order: random.between(0, 30) };
          line.add(task);
          model.set(id, task);
        } else {
          line.remove(id);
          model.delete(id);
        }
        const sorted = [...model.values()].sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
        const at = sorted.findIndex((task) => task.id === id);
        assert.equal(line.size, model.size);
        assert.equal(line.has(id), at >= 0);
        assert.equal(line.neighbour(id, 'up'), at < 0 ? null : (sorted[at - 1]?.id ?? null));
        assert.equal(line.neighbour(id, 'down'), at < 0 ? null : (sorted[at + 1]?.id ?? null));
        assert.deepEqual(
          inOrder(line),
          sorted.map((task) => task.id),
        );
      }
    }));

  it('stays shallow when all come in order: a hundred thousand can be added and taken one by one', () => {
    const line = new WaitingLine();
    const count = 100_000;
    // A deep tree would end the stack here.
    for (let n = 0; n < count; n++) line.add({ id: `t${n}`, order: n });
    for (let n = 0; n < count; n++) {
      assert.equal(line.first, `t${n}`);
      line.remove(`t${n}`);
    }
    assert.equal(line.first, null);
  });
});

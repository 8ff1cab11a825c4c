import type { EngineSettings } from '../contract/settings.ts';
import type { Clock } from '../kit/clock.ts';
import type { Disposable } from '../kit/disposables.ts';
import type { Source } from './sources/source.ts';
import type { Task } from './tasks/task.ts';
import { currentPeriod } from './transfer/limitSchedule.ts';
import { Throttle } from './transfer/throttle.ts';

/** How late a period of the schedule may begin. */
const SCHEDULE_MS = 5000;

/** Every speed limit of the engine: overall (by the hour), per host, per task. They can change while bytes flow. */
export class Limits implements Disposable {
  readonly #clock: Clock;
  readonly #date: () => Date;
  readonly #overall: Throttle;
  readonly #hosts = new Map<string, Throttle>();
  readonly #timer: Disposable;
  #settings: Pick<EngineSettings, 'limitBytesPerSecond' | 'limitSchedule'> = {
    limitBytesPerSecond: 0,
    limitSchedule: [],
  };

  constructor(components: { clock: Clock; date: () => Date }) {
    this.#clock = components.clock;
    this.#date = components.date;
    this.#overall = new Throttle(components.clock);
    this.#timer = components.clock.every(SCHEDULE_MS, () => this.#follow());
  }

  configure(settings: Pick<EngineSettings, 'limitBytesPerSecond' | 'limitSchedule' | 'hostLimits'>): void {
    this.#settings = settings;
    const { hostLimits } = settings;
    for (const host of new Set([...this.#hosts.keys(), ...Object.keys(hostLimits)]))
      this.#ofHost(host).setLimit(hostLimits[host] ?? 0);
    this.#follow();
  }

  throttlesOf(task: Task, source: Source): readonly Throttle[] {
    return [this.#overall, task.throttle, this.#ofHost(new URL(source.peer).host)];
  }

  dispose(): void {
    this.#timer.dispose();
  }

  /** Also of a host without a limit: it may get one while bytes flow from it. */
  #ofHost(host: string): Throttle {
    let throttle = this.#hosts.get(host);
    if (throttle === undefined) {
      throttle = new Throttle(this.#clock);
      this.#hosts.set(host, throttle);
    }
    return throttle;
  }

  #follow(): void {
    const { limitBytesPerSecond, limitSchedule } = this.#settings;
    const period = currentPeriod(limitSchedule, this.#date());
    this.#overall.setLimit(period?.bytesPerSecond ?? limitBytesPerSecond);
  }
}

/** `8080-8084`, `8080,8090`, or both mixed, each port once; null when it is neither, or more than `most`. */
export function parsePorts(text: string, most: number): number[] | null {
  const ports: number[] = [];
  for (const part of text.split(',')) {
    const [, first = '', last = first] = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(part) ?? [];
    const from = Number(first || Number.NaN);
    const to = Number(last || Number.NaN);
    if (!(from >= 1 && to <= 65_535 && from <= to && to - from < most)) return null;
    for (let port = from; port <= to; port++) ports.push(port);
    if (ports.length > most) return null;
  }
  return [...new Set(ports)];
}

/** `8080 to 8084, 9000` as short as it can be said: `8080-8084, 9000`. */
export function formatPorts(ports: readonly number[]): string {
  const sorted = [...new Set(ports)].sort((left, right) => left - right);
  const runs: { from: number; to: number }[] = [];
  for (const port of sorted) {
    const last = runs.at(-1);
    if (last?.to === port - 1) last.to = port;
    else runs.push({ from: port, to: port });
  }
  return runs.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

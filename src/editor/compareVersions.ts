/** Orders `major.minor.patch` versions; a pre-release tag comes before its release and is otherwise not looked into. */
export function compareVersions(left: string, right: string): number {
  const [leftNumbers, leftTag] = parse(left);
  const [rightNumbers, rightTag] = parse(right);
  for (let i = 0; i < 3; i++) {
    const difference = (leftNumbers[i] ?? 0) - (rightNumbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(rightTag) - Number(leftTag);
}

function parse(version: string): [numbers: number[], isPreRelease: boolean] {
  const [core = '', ...tag] = version.split('-');
  return [core.split('.').map((part) => Number.parseInt(part, 10) || 0), tag.length > 0];
}

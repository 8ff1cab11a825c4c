/** What the engine wrote down of sharing, read just far enough to know whether it has to run again. */

/** `shares.json` in the state folder. */
export function sharesWithSeeds(file: Uint8Array): boolean {
  const kept = parsed(file);
  return 'shares' in kept && Array.isArray(kept.shares) && kept.shares.length > 0;
}

/** `ipfs/sharing.json` in the state folder. */
export function sharesOverIpfs(file: Uint8Array): boolean {
  const kept = parsed(file);
  return 'enabled' in kept && kept.enabled === true;
}

function parsed(file: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(file));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    // Torn: the engine takes it for empty, too.
    return {};
  }
}

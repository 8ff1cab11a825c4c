import type { NetworkSettings } from '../../contract/settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for a link, or null for a direct connection: VS Code's settings and the environment, NO_PROXY heard in both. */
export function chooseProxy(url: URL, settings: NetworkSettings, env: Environment): string | null {
  if (settings.proxySupport === 'off') return null;
  if (bypasses(url, settings.noProxy) || bypasses(url, (fromEnv(env, 'no_proxy') ?? '').split(/[\s,]+/))) return null;
  const environment =
    fromEnv(env, url.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? fromEnv(env, 'all_proxy');
  const configured = settings.proxy.trim() === '' ? null : settings.proxy.trim();
  const chosen = settings.proxySupport === 'fallback' ? (environment ?? configured) : (configured ?? environment);
  if (chosen === null) return null;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(chosen) ? chosen : `http://${chosen}`;
}

/** Lower case wins, as in curl. */
function fromEnv(env: Environment, name: string): string | null {
  const value = env[name] ?? env[name.toUpperCase()];
  return value === undefined || value.trim() === '' ? null : value.trim();
}

/** Rules as curl and Go read them: `*`, a host and all below it, `.suffix` or `*.suffix`, each with an optional port. */
function bypasses(url: URL, rules: readonly string[]): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return rules.some((raw) => {
    const rule = raw.trim().toLowerCase();
    if (rule === '') return false;
    if (rule === '*') return true;
    const match = /^\[?(.+?)\]?(?::(\d+))?$/.exec(
      rule.split(':').length > 2 && !rule.startsWith('[') ? `[${rule}]` : rule,
    );
    const name = (match?.[1] ?? '').replace(/^\*?\./, '');
    if (match?.[2] !== undefined && match[2] !== port) return false;
    // An address has no domains above it.
    return host === name || (!/^[\d.]+$|:/.test(host) && host.endsWith(`.${name}`));
  });
}

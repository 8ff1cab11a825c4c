/** Host and port as they stand in URLs and in messages: IPv6 in brackets. */
export function authorityOf({ hostname, port }: { readonly hostname: string; readonly port: number }): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
}

/** Takes the proxies of the machine out of an environment, in place: tests must not depend on them. */
export function withoutProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  for (const name of Object.keys(env)) if (/^(?:https?|all|no)_proxy$/i.test(name)) delete env[name];
  return env;
}

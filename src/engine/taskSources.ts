import type { LogLine } from '../contract/engineApi.ts';
import { toTributaryError } from '../contract/errors.ts';
import type { TaskId } from '../contract/task.ts';
import type { Hubs } from './hubs.ts';
import { type Address, kindOf, parseAddress } from './intake/address.ts';
import type { Ipfs } from './ipfs.ts';
import type { HttpClient } from './net/httpClient.ts';
import { openHttpSource } from './openHttpSource.ts';
import type { Seeds } from './seeds/seeds.ts';
import type { Source } from './sources/source.ts';
import type { Task } from './tasks/task.ts';

export interface TaskSourcesComponents {
  readonly client: HttpClient;
  readonly seeds: Seeds;
  readonly hubs: Hubs;
  readonly ipfs: Ipfs;
  /** It may change while downloads run. */
  readonly userAgent: () => string;
  readonly log: (level: LogLine['level'], message: string, taskId: TaskId) => void;
}

/** Opens what the links of tasks stand for, whatever kind they are. */
export class TaskSources {
  readonly #components: TaskSourcesComponents;

  constructor(components: TaskSourcesComponents) {
    this.#components = components;
  }

  /**
   * A link that the user gave; one may stand for several sources.
   * @throws TributaryError that of the kind, when the link stands for nothing now; the signal's reason when aborted
   */
  async open(
    task: Task,
    link: string,
    options?: { signal: AbortSignal; begunBytes?: number | null },
  ): Promise<readonly Source[]> {
    const { seeds, hubs } = this.#components;
    const address = parseAddress(link);
    switch (address.kind) {
      case 'http':
        return this.#verified(task, address, this.#openHttp(task, address));
      case 'ipfs':
        return this.#openIpfs(task, address);
      case 'seed':
        return seeds.openSources(address, options);
      case 'hub':
        return [hubs.openSource(address)];
    }
  }

  /** A link that a server or a Metalink told of is never of another kind. */
  openTold(task: Task, link: string): Source {
    return this.#openHttp(task, parseAddress(link));
  }

  /** What a server gives is checked by the hashes of the file's blocks when one of the task's links is a CID. */
  async #verified(task: Task, address: Address, source: Source): Promise<readonly Source[]> {
    const links = [task.link, ...task.mirrorLinks];
    const named = links.find((link) => kindOf(link) === 'ipfs');
    if (named === undefined) return [source];
    const leads = isOwnLink(task, address);
    try {
      return [await this.#components.ipfs.verified(task.id, parseAddress(named), source, { leads })];
    } catch (error) {
      if (!leads) throw error;
      const why = toTributaryError(error).message;
      this.#components.log('warn', `${address.display} is not checked by its CID: ${why}`, task.id);
      return [source];
    }
  }

  /** A CID that is only a mirror is done without where IPFS does not work. */
  async #openIpfs(task: Task, address: Address): Promise<readonly Source[]> {
    try {
      return await this.#components.ipfs.openSources(task.id, address);
    } catch (error) {
      if (isOwnLink(task, address)) throw error;
      const why = toTributaryError(error).message;
      this.#components.log('warn', `${address.display} is not used: ${why}`, task.id);
      return [];
    }
  }

  #openHttp(task: Task, address: Address): Source {
    return openHttpSource(this.#components.client, {
      address,
      headersFor: task.link,
      headers: task.secrets.headers,
      userAgent: this.#components.userAgent(),
    });
  }
}

function isOwnLink(task: Task, { url }: Address): boolean {
  return parseAddress(task.link).url === url;
}

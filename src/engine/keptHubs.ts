import { join } from 'node:path';
import * as v from 'valibot';
import { readJson, writeJson } from './disk/jsonFile.ts';

const Port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

/** `hubs.json` in the state folder; never a key. */
const KeptHubs = v.object({
  version: v.literal(1),
  name: v.string(),
  own: v.nullable(v.object({ host: v.string(), port: Port, folder: v.string(), hasKey: v.boolean() })),
  joined: v.array(v.object({ host: v.string(), port: Port, needsKey: v.boolean() })),
  /** What this user has put on hubs: ids of uploads, oldest first. */
  shared: v.optional(v.array(v.string()), []),
  uploads: v.array(
    v.object({
      hub: v.string(),
      path: v.string(),
      sizeBytes: v.number(),
      modifiedMs: v.number(),
      createdAt: v.number(),
    }),
  ),
});
export type KeptHubs = Omit<v.InferOutput<typeof KeptHubs>, 'version'>;

/** Null: nothing was kept. */
export async function loadHubs(stateFolder: string | null): Promise<KeptHubs | null> {
  const parsed = stateFolder === null ? null : v.safeParse(KeptHubs, await readJson(join(stateFolder, 'hubs.json')));
  return parsed?.success ? parsed.output : null;
}

/** @throws TributaryError of the disk */
export async function saveHubs(stateFolder: string | null, hubs: KeptHubs): Promise<void> {
  if (stateFolder === null) return;
  await writeJson(join(stateFolder, 'hubs.json'), { version: 1, ...hubs }, { durable: false });
}

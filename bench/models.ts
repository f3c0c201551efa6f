/** Stack files with as many models as a measurement needs. */
import { parseDocument } from "yaml";

const MODELS = ["config", "llmd-workloads:models"];

/** @param text a stack file. @returns it with room for any number of models that is measured, in its first pool. */
export function withRoom(text: string): string {
  const document = parseDocument(text);
  document.setIn(["config", "llmd-infra:gpuPools", 0, "maxNodes"], 64);
  const limits = { gpus: 512, usdPerHour: 5000, usdPerMonth: 3_000_000 };
  for (const [limit, value] of Object.entries(limits)) document.setIn(["config", "llmd:limits", limit], value);
  document.setIn(["config", "llmd-infra:systemPool"], { maxCpus: 1024, maxMemoryGiB: 4096 });
  document.setIn(["config", "llmd-platform:monitoring"], { retentionDays: 7, storageGiB: 200 });
  return String(document);
}

/** One server each: the servers that may run have to find room on the pool, however many models there are. */
const ONE_SERVER = { min: 1, max: 1 };

/** @param text a stack file. @returns it with so many models, all but their names and servers like the first one it has. */
export function withModels(text: string, count: number): string {
  const document = parseDocument(text);
  const [first] = document.toJS().config["llmd-workloads:models"] as readonly Readonly<Record<string, unknown>>[];
  const models = Array.from({ length: count }, (_, index) => ({
    ...first,
    replicas: ONE_SERVER,
    name: modelName(index),
  }));
  document.setIn(MODELS, document.createNode(models, { aliasDuplicateObjects: false }));
  return String(document);
}

const modelName = (index: number): string => `model-${String(index).padStart(2, "0")}`;

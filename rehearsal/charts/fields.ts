/** Fields of Kubernetes objects that charts take as values: only typical typing errors are checked. */
import { z } from "zod";

/** Keys of which none is required; other keys are rejected. */
export const group = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).partial();

export const text = z.string();
/** Labels, annotations, node selectors. */
export const texts = z.record(z.string(), z.string());
export const port = z.int().min(1).max(65_535);
/** `30s`, `1m30s`, `500ms`, as Prometheus takes it. */
export const duration = z.string().regex(/^(\d+(ms|s|m|h|d|w|y))+$/, "must be a duration such as 30s");
export const pullPolicy = z.enum(["Always", "IfNotPresent", "Never"]);

/** A value that the API server would validate; no object of these charts is made here. */
const anything = z.record(z.string(), z.unknown());
export const affinity = group({ nodeAffinity: anything, podAffinity: anything, podAntiAffinity: anything });

export const toleration = group({
  key: text,
  operator: z.enum(["Exists", "Equal"]),
  value: text,
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
  tolerationSeconds: z.int(),
});

const quantity = z.union([
  z.string().regex(/^\d+(\.\d+)?(m|k|[KMGT]i?)?$/, "must be a quantity such as 128Mi"),
  z.number(),
]);
const quantities = z.record(z.string(), quantity);
export const resources = group({ limits: quantities, requests: quantities });

export const podSecurityContext = group({
  fsGroup: z.int(),
  fsGroupChangePolicy: text,
  runAsGroup: z.int(),
  runAsNonRoot: z.boolean(),
  runAsUser: z.int(),
  seLinuxOptions: texts,
  seccompProfile: texts,
  supplementalGroups: z.array(z.int()),
  sysctls: z.array(texts),
});

export const securityContext = group({
  allowPrivilegeEscalation: z.boolean(),
  appArmorProfile: texts,
  capabilities: group({ add: z.array(text), drop: z.array(text) }),
  privileged: z.boolean(),
  procMount: text,
  readOnlyRootFilesystem: z.boolean(),
  runAsGroup: z.int(),
  runAsNonRoot: z.boolean(),
  runAsUser: z.int(),
  seLinuxOptions: texts,
  seccompProfile: texts,
});

const reference = group({
  configMapKeyRef: anything,
  fieldRef: anything,
  resourceFieldRef: anything,
  secretKeyRef: anything,
});
export const variable = z.strictObject({ name: text, value: text.optional(), valueFrom: reference.optional() });

export const volumeMount = z.strictObject({
  name: text,
  mountPath: text,
  mountPropagation: text.optional(),
  readOnly: z.boolean().optional(),
  subPath: text.optional(),
  subPathExpr: text.optional(),
});

export const configMapVolume = z.strictObject({
  name: text,
  configMap: z.strictObject({
    name: text,
    defaultMode: z.int().optional(),
    items: z.array(z.strictObject({ key: text, path: text, mode: z.int().optional() })).optional(),
    optional: z.boolean().optional(),
  }),
});

export const relabeling = group({
  action: text,
  modulus: z.int(),
  regex: text,
  replacement: text,
  separator: text,
  sourceLabels: z.array(text),
  targetLabel: text,
});

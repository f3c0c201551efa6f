/** Fields of Kubernetes objects that charts take as values: only typical typing errors are checked. */
import { z } from "zod";

export const text = z.string();
/** Labels, annotations, node selectors. */
export const texts = z.record(z.string(), z.string());
export const port = z.int().min(1).max(65_535);
/** `30s`, `1m30s`, `500ms`, as Prometheus takes it. */
export const duration = z.string().regex(/^(\d+(ms|s|m|h|d|w|y))+$/, "must be a duration such as 30s");
export const pullPolicy = z.enum(["Always", "IfNotPresent", "Never"]);

/** A value that the API server would validate; no object of these charts is made here. */
const anything = z.record(z.string(), z.unknown());
export const affinity = z.strictObject({
  nodeAffinity: anything.optional(),
  podAffinity: anything.optional(),
  podAntiAffinity: anything.optional(),
});

export const toleration = z.strictObject({
  key: text.optional(),
  operator: z.enum(["Exists", "Equal"]).optional(),
  value: text.optional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
  tolerationSeconds: z.int().optional(),
});

const quantity = z.union([
  z.string().regex(/^\d+(\.\d+)?(m|k|[KMGT]i?)?$/, "must be a quantity such as 128Mi"),
  z.number(),
]);
const quantities = z.record(z.string(), quantity);
export const resources = z.strictObject({ limits: quantities.optional(), requests: quantities.optional() });

export const podSecurityContext = z.strictObject({
  fsGroup: z.int().optional(),
  fsGroupChangePolicy: text.optional(),
  runAsGroup: z.int().optional(),
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.int().optional(),
  seLinuxOptions: texts.optional(),
  seccompProfile: texts.optional(),
  supplementalGroups: z.array(z.int()).optional(),
  sysctls: z.array(texts).optional(),
});

export const securityContext = z.strictObject({
  allowPrivilegeEscalation: z.boolean().optional(),
  appArmorProfile: texts.optional(),
  capabilities: z.strictObject({ add: z.array(text).optional(), drop: z.array(text).optional() }).optional(),
  privileged: z.boolean().optional(),
  procMount: text.optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  runAsGroup: z.int().optional(),
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.int().optional(),
  seLinuxOptions: texts.optional(),
  seccompProfile: texts.optional(),
});

const reference = z.strictObject({
  configMapKeyRef: anything.optional(),
  fieldRef: anything.optional(),
  resourceFieldRef: anything.optional(),
  secretKeyRef: anything.optional(),
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

export const relabeling = z.strictObject({
  action: text.optional(),
  modulus: z.int().optional(),
  regex: text.optional(),
  replacement: text.optional(),
  separator: text.optional(),
  sourceLabels: z.array(text).optional(),
  targetLabel: text.optional(),
});

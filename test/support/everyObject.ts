/** Every object of an API server, whole, and which of them hold a text. */
import type { KubernetesApi, KubernetesObject } from "../../rehearsal/kubernetesApi";

export async function everyObject(api: KubernetesApi): Promise<KubernetesObject[]> {
  const kinds = new Set([...(await api.inventory())].map(object => object.replace(/\/[^/]*\/[^/]*$/, "")));
  const lists = [...kinds].map(each => {
    const [kind = "", ...apiVersion] = each.split(".");
    return api.list(apiVersion.join("."), kind);
  });
  return (await Promise.all(lists)).flat();
}

/** A text as it is, and the part of its base64 form that is the same wherever in a longer text it stands. */
export const forms = (text: string): string[] => [text, ...[0, 1, 2].map(offset => base64Core(text, offset))];

/** @param offset how many bytes stand before the text, modulo three. */
function base64Core(text: string, offset: number): string {
  const encoded = Buffer.from(" ".repeat(offset) + text).toString("base64");
  // Characters at either end are made of neighbours as well.
  return encoded.slice(offset === 0 ? 0 : 4, -4);
}

/** Kind, namespace and name of each object that holds one of the texts in any of its forms, in order. */
export const holdersOf = (objects: readonly KubernetesObject[], texts: readonly string[]): string[] =>
  objects
    .filter(object => {
      const whole = JSON.stringify(object);
      return texts.flatMap(forms).some(form => whole.includes(form));
    })
    .map(({ kind, metadata: { namespace, name } }) => `${kind} ${namespace}/${name}`)
    .sort();

/** A server of Hugging Face's shape: the list of a commit's files, and links to where the large ones are. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A file of the repository. */
export interface HubFile {
  readonly content: Buffer;
  /** Whether git holds a pointer only, and another server the bytes. @default true for safetensors */
  readonly large?: boolean;
  /** What the list says of the content. @default - its hash */
  readonly digest?: string;
}

/** A request as either server saw it. */
export interface HubRequest {
  readonly at: "hub" | "links";
  readonly method: string;
  /** Of the file; "" for the list. */
  readonly file: string;
  readonly authorization: string | undefined;
  /** Of the first byte asked for; 0 without a range. */
  readonly start: number;
  readonly atMs: number;
}

/** How a request goes wrong: a status instead of an answer, an answer that breaks off, or none at all. */
export type Failure =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: "truncated"; readonly bytes: number }
  | { readonly kind: "silent" };

export interface HubOptions {
  readonly repository: string;
  readonly commit: string;
  readonly files: Readonly<Record<string, HubFile>>;
  /** What the other server has beside the repository's large files. @default {} */
  readonly elsewhere?: Readonly<Record<string, HubFile>>;
  /** The only token that may read the repository. @default - everybody may */
  readonly token?: string;
  /** Asked for each request; undefined: nothing goes wrong. */
  readonly failure?: (request: HubRequest) => Failure | undefined;
}

/** Files of a page of the list; few, so that there are pages. */
const PAGE = 3;

/** Where the hub has a file: repository and revision. */
const RESOLVE = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\//;

/** Part of every link, which whoever reads logs should not find there. */
export const SIGNATURE = "signature-of-a-link";

export class HuggingFaceServer {
  readonly requests: HubRequest[] = [];
  private readonly hub = createServer((request, response) => this.answer("hub", request, response));
  private readonly links = createServer((request, response) => this.answer("links", request, response));

  constructor(private options: HubOptions) {}

  get url(): string {
    return addressOf(this.hub);
  }

  /** Of the server that has the large files, which is not the hub. */
  get elsewhereUrl(): string {
    return addressOf(this.links);
  }

  async start(): Promise<this> {
    for (const server of [this.hub, this.links]) await once(server.listen(0, "127.0.0.1"), "listening");
    return this;
  }

  async stop(): Promise<void> {
    for (const server of [this.hub, this.links]) {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    }
  }

  /** From now on. */
  change(options: Partial<HubOptions>): void {
    this.options = { ...this.options, ...options };
  }

  private answer(at: HubRequest["at"], incoming: IncomingMessage, response: ServerResponse): unknown {
    const url = new URL(incoming.url ?? "/", "http://server");
    const request: HubRequest = {
      at,
      method: incoming.method ?? "",
      file: this.fileIn(url.pathname),
      authorization: incoming.headers.authorization,
      start: Number(/bytes=(\d+)/.exec(incoming.headers.range ?? "")?.[1] ?? 0),
      atMs: Date.now(),
    };
    this.requests.push(request);
    const failure = this.options.failure?.(request);
    if (failure?.kind === "silent") return undefined;
    if (failure?.kind === "status") return end(response, failure.status, failure.headers);
    const absent = at === "hub" ? this.absenceAt(url.pathname, request) : undefined;
    if (absent) return end(response, absent.status, { "X-Error-Code": absent.code });
    const refusal = at === "hub" ? this.refusalOf(request) : undefined;
    if (refusal) return end(response, refusal, { "X-Error-Code": "GatedRepo" });
    if (url.pathname.startsWith("/api/")) return this.list(url, response);
    const file = this.filesAt(at)[request.file];
    if (!file) return end(response, 404, { "X-Error-Code": "EntryNotFound" });
    if (at === "hub" && isLarge(request.file, file))
      return end(response, 302, { Location: `${addressOf(this.links)}/${request.file}?key=${SIGNATURE}` });
    return this.send(file.content, incoming.headers.range, failure?.bytes, response);
  }

  private filesAt(at: HubRequest["at"]): HubOptions["files"] {
    const { files, elsewhere = {} } = this.options;
    return at === "hub" ? files : { ...files, ...elsewhere };
  }

  private fileIn(pathname: string): string {
    if (pathname.startsWith("/api/")) return "";
    return decodeURIComponent(pathname.replace(RESOLVE, "").replace(/^\//, ""));
  }

  /** Of a file, as the hub says that it has no such repository or no such revision of it; `main` is the commit. */
  private absenceAt(pathname: string, { authorization }: HubRequest) {
    const [, repository, revision = ""] = RESOLVE.exec(pathname) ?? [];
    if (repository === undefined) return undefined;
    // To strangers the hub does not tell what is private from what is not there.
    if (repository !== this.options.repository) return { status: authorization ? 404 : 401, code: "RepoNotFound" };
    return [this.options.commit, "main"].includes(revision) ? undefined : { status: 404, code: "RevisionNotFound" };
  }

  private refusalOf({ authorization }: HubRequest): number | undefined {
    const { token } = this.options;
    if (token === undefined || authorization === `Bearer ${token}`) return undefined;
    return authorization ? 403 : 401;
  }

  private list(url: URL, response: ServerResponse): ServerResponse {
    const { repository, commit, files } = this.options;
    if (url.pathname !== `/api/models/${repository}/tree/${commit}`)
      return end(response, 404, { "X-Error-Code": "RevisionNotFound" });
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const entries = Object.entries(files).map(entryOf);
    if (from + PAGE < entries.length) {
      url.searchParams.set("cursor", String(from + PAGE));
      response.setHeader("Link", `<${this.url}${url.pathname}${url.search}>; rel="next"`);
    }
    const folder = from === 0 ? [{ type: "directory", oid: "0", size: 0, path: "original" }] : [];
    response.setHeader("Content-Type", "application/json");
    return response.end(JSON.stringify([...folder, ...entries.slice(from, from + PAGE)]));
  }

  private send(content: Buffer, range: string | undefined, truncated: number | undefined, response: ServerResponse) {
    const [, first, last] = /bytes=(\d+)-(\d+)/.exec(range ?? "") ?? [];
    const data = content.subarray(Number(first ?? 0), last === undefined ? undefined : Number(last) + 1);
    response.writeHead(range ? 206 : 200, { "Content-Length": data.length });
    if (truncated === undefined) return response.end(data);
    return response.write(data.subarray(0, truncated), () => response.destroy());
  }
}

const end = (response: ServerResponse, status: number, headers: Record<string, string> = {}): ServerResponse =>
  response.writeHead(status, headers).end();

function addressOf(server: Server): string {
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

const isLarge = (path: string, { large }: HubFile): boolean => large ?? path.endsWith(".safetensors");

/** As the hub lists it: LFS's hash of a large file's content, git's of any other's. */
function entryOf([path, file]: [string, HubFile]) {
  const size = file.content.length;
  if (!isLarge(path, file)) return { type: "file", path, size, oid: file.digest ?? gitSha1(file.content) };
  const oid = file.digest ?? createHash("sha256").update(file.content).digest("hex");
  return { type: "file", path, size, oid: "1".repeat(40), lfs: { oid, size, pointerSize: 135 } };
}

export const gitSha1 = (content: Buffer): string =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");

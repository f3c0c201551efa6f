/** An S3 for specs: moto's server, which wants a signature and checks none, so that specs look into it with plain requests. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

interface S3Object {
  readonly key: string;
  readonly bytes: number;
}

const SIGNED = "AWS4-HMAC-SHA256 Credential=spec/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

export class S3Emulator {
  private buckets = 0;

  private constructor(
    private readonly server: ChildProcess,
    readonly url: string,
  ) {}

  /** @param commands Folder of the Python environment's. */
  static async start(commands: string): Promise<S3Emulator> {
    const server = spawn(join(commands, "python"), [join(commands, "moto_server"), "-H", "127.0.0.1", "-p", "0"], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, PYTHONUNBUFFERED: "1" },
    });
    const url = await addressIn(server);
    return new S3Emulator(server, url);
  }

  async stop(): Promise<void> {
    if (this.server.exitCode !== null || this.server.signalCode !== null) return;
    this.server.kill("SIGKILL");
    await once(this.server, "exit");
  }

  /** What a program needs to be sent here. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "spec",
      AWS_SECRET_ACCESS_KEY: "spec",
      AWS_EC2_METADATA_DISABLED: "true",
    };
  }

  /** A new, empty one; its name. */
  async bucket(): Promise<string> {
    const name = `weights-${++this.buckets}`;
    await this.ask("PUT", name);
    return name;
  }

  async objects(bucket: string): Promise<S3Object[]> {
    const xml = await this.text(`${bucket}?list-type=2`);
    return blocks(xml, "Contents").map(block => ({ key: text(block, "Key"), bytes: Number(text(block, "Size")) }));
  }

  /** Keys of uploads that were begun and not ended. */
  async uploads(bucket: string): Promise<string[]> {
    return blocks(await this.text(`${bucket}?uploads`), "Upload").map(block => text(block, "Key"));
  }

  async read(bucket: string, key: string): Promise<Buffer> {
    const response = await this.ask("GET", `${bucket}/${key}`);
    return Buffer.from(await response.arrayBuffer());
  }

  async write(bucket: string, key: string, data: Buffer): Promise<void> {
    await this.ask("PUT", `${bucket}/${key}`, data);
  }

  private async text(path: string): Promise<string> {
    return (await this.ask("GET", path)).text();
  }

  private async ask(method: string, path: string, body?: Buffer): Promise<Response> {
    const request = { method, headers: { Authorization: SIGNED }, ...(body && { body: new Uint8Array(body) }) };
    const response = await fetch(`${this.url}/${path}`, request);
    assert.ok(response.ok, `${method} ${path}: HTTP ${response.status}`);
    return response;
  }
}

/** Werkzeug says where it listens. */
async function addressIn(server: ChildProcess): Promise<string> {
  assert.ok(server.stderr);
  const lines: string[] = [];
  const reader = createInterface({ input: server.stderr });
  for await (const line of reader) {
    lines.push(line);
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (!address) continue;
    // Or the pipe would fill up with a line for every request, and the server stand still.
    server.stderr.resume();
    return address;
  }
  throw new Error(`moto's server ended:\n${lines.join("\n")}`);
}

const blocks = (xml: string, tag: string): string[] =>
  [...xml.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, "gs"))].map(([, block = ""]) => block);

const text = (xml: string, tag: string): string => blocks(xml, tag)[0] ?? "";

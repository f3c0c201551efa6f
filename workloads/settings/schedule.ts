/** Times at which a model's servers are given back. */
import { z } from "zod";
import { whenValid } from "../../contracts/rules";
import { cronProblem } from "../scaling/cron";

const cron = z.string().superRefine((time, context) => {
  const message = cronProblem(time);
  if (message !== undefined) context.addIssue({ code: "custom", input: time, message });
});

/** The name as the time zone database writes it; `undefined` for one that nobody knows. */
function zoneName(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** KEDA looks a zone up as Go does, by the name of a file: `+01:00` is none, and letters are large or small. */
function zoneProblem(name: string): string | undefined {
  const known = /^[A-Za-z]/.test(name) ? zoneName(name) : undefined;
  if (known === undefined) return "a time zone looks like Europe/Berlin";
  const isMisspelt = known !== name && known.toLowerCase() === name.toLowerCase();
  return isMisspelt ? `write ${known}` : undefined;
}

const timezone = z.string().superRefine((name, context) => {
  const message = zoneProblem(name);
  if (message !== undefined) context.addIssue({ code: "custom", input: name, message });
});

export const schedule = z
  .strictObject({
    timezone: timezone.describe("Time zone of up and down, by its IANA name: Europe/Berlin."),
    up: cron.describe("Time at which the servers of replicas start again: minute, hour, day, month, weekday."),
    down: cron.describe("Time at which servers are given back: minute, hour, day, month, weekday."),
    replicas: z.int().min(0).default(0).describe("Servers that stay while down."),
    wakeOnTraffic: z.boolean().default(false).describe("Start servers for requests while down."),
  })
  .superRefine(
    ({ up, down }, context) => {
      if (up !== down) return;
      context.addIssue({ code: "custom", path: ["down"], input: down, message: "up is the same time: give another" });
    },
    whenValid("up", "down"),
  );

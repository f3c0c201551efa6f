/** The policy pack: registers the rules and nothing else. */
import { PolicyPack } from "@pulumi/policy";
import * as rules from "./rules";

new PolicyPack("llmd", { policies: Object.values(rules) });

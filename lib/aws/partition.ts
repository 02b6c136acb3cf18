import type { Partition } from "../core/role.ts";

/** Where a partition of AWS takes people and assertions. */
export interface PartitionSites {
  /** Audience of an assertion for STS. */
  readonly audience: string;
  /** Recipient of an assertion; trust policies see it as `saml:aud`. */
  readonly recipient: string;
  /** Turns credentials into a sign-in token. */
  readonly federation: string;
  /** The console's first page. */
  readonly console: string;
  /** The console's hosts: itself and everything below it. */
  readonly consoleHost: string;
  /** Services whose console is elsewhere, each with everything below it. */
  readonly serviceHosts: readonly string[];
  /** Where Lambda and the like answer: `{service}.{region}.{suffix}`. */
  readonly suffix: string;
}

/** @see docs: AWS General Reference, sign-in and console endpoints of aws, aws-us-gov and aws-cn */
const SITES: Readonly<Record<Partition, PartitionSites>> = {
  aws: {
    audience: "urn:amazon:webservices",
    recipient: "https://signin.aws.amazon.com/saml",
    federation: "https://signin.aws.amazon.com/federation",
    console: "https://console.aws.amazon.com/console/home",
    consoleHost: "console.aws.amazon.com",
    serviceHosts: [
      "health.aws.amazon.com",
      "lightsail.aws.amazon.com",
      "phd.aws.amazon.com",
      "quicksight.aws.amazon.com",
    ],
    suffix: "amazonaws.com",
  },
  "aws-us-gov": {
    audience: "urn:amazon:webservices:govcloud",
    recipient: "https://signin.amazonaws-us-gov.com/saml",
    federation: "https://signin.amazonaws-us-gov.com/federation",
    console: "https://console.amazonaws-us-gov.com/console/home",
    consoleHost: "console.amazonaws-us-gov.com",
    serviceHosts: ["health.amazonaws-us-gov.com", "phd.amazonaws-us-gov.com"],
    suffix: "amazonaws.com",
  },
  "aws-cn": {
    audience: "urn:amazon:webservices:cn-north-1",
    recipient: "https://signin.amazonaws.cn/saml",
    federation: "https://signin.amazonaws.cn/federation",
    console: "https://console.amazonaws.cn/console/home",
    consoleHost: "console.amazonaws.cn",
    serviceHosts: ["health.amazonaws.cn", "phd.amazonaws.cn"],
    suffix: "amazonaws.com.cn",
  },
};

export const sitesOf = (partition: Partition): PartitionSites => SITES[partition];

/** Partition of a region, by its name. */
export function partitionOf(region: string): Partition {
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return region.startsWith("cn-") ? "aws-cn" : "aws";
}

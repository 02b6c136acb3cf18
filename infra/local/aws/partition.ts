/** What differs between the partitions; each row is whole, so that nothing of one is accepted in another. */
export interface Partition {
  readonly id: string;
  readonly audience: string;
  /** Sign-in host without a region. */
  readonly signin: string;
  /** Console host without a region. */
  readonly console: string;
  /** Hosts of services whose console is elsewhere. */
  readonly elsewhere: readonly string[];
  readonly regions: RegExp;
  readonly dnsSuffix: string;
}

export const PARTITIONS: readonly Partition[] = [
  {
    id: "aws",
    audience: "urn:amazon:webservices",
    signin: "signin.aws.amazon.com",
    console: "console.aws.amazon.com",
    elsewhere: ["health", "lightsail", "phd", "quicksight"].map((name) => `${name}.aws.amazon.com`),
    regions: /^(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d$/,
    dnsSuffix: "amazonaws.com",
  },
  {
    id: "aws-us-gov",
    audience: "urn:amazon:webservices:govcloud",
    signin: "signin.amazonaws-us-gov.com",
    console: "console.amazonaws-us-gov.com",
    elsewhere: ["health.amazonaws-us-gov.com", "phd.amazonaws-us-gov.com"],
    regions: /^us-gov-[a-z]+-\d$/,
    dnsSuffix: "amazonaws.com",
  },
  {
    id: "aws-cn",
    audience: "urn:amazon:webservices:cn-north-1",
    signin: "signin.amazonaws.cn",
    console: "console.amazonaws.cn",
    elsewhere: ["health.amazonaws.cn", "phd.amazonaws.cn"],
    regions: /^cn-[a-z]+-\d$/,
    dnsSuffix: "amazonaws.com.cn",
  },
];

export const partitionById = (id: string): Partition | undefined => PARTITIONS.find((row) => row.id === id);

export const partitionOfRegion = (region: string): Partition | undefined =>
  PARTITIONS.find((row) => row.regions.test(region));

/** Whether a host is `name` or `<region>.name` of this partition. */
export function isRegionalHost(host: string, name: string, partition: Partition): boolean {
  if (host === name) return true;
  return host.endsWith(`.${name}`) && partition.regions.test(host.slice(0, -name.length - 1));
}

/** The network interfaces of a node that is given EFA from its start. */

/** As in NodeClass `advancedNetworking.networkInterfaces`; AWS, EKS user guide, "Static network interfaces" (2026-09). */
export interface NetworkInterface {
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  readonly interfaceType: "interface" | "efa-only";
  readonly secondaryIPv4PrefixCount?: number;
}

/**
 * An interface for IP on card 0, EFA beside it and on every other card: EC2's layout for the most bandwidth. Such a node
 * gets no further addresses after its start, so its pods have to do with the two prefixes of 16 that it begins with.
 * @param efa EFA interfaces of the instance type, 1 or more; each is on a card of its own.
 */
export const efaInterfaces = (efa: number): NetworkInterface[] => [
  { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface", secondaryIPv4PrefixCount: 2 },
  ...Array.from({ length: efa }, (_, card) => ({
    networkCardIndex: card,
    deviceIndex: card === 0 ? 1 : 0,
    interfaceType: "efa-only" as const,
  })),
];

import ipaddr from 'ipaddr.js'

/**
 * Whether an IP address is a public one: not private, loopback, link-local, shared, reserved or multicast, nor an IPv6 form of such an
 * IPv4 address. ipaddr.js has the ranges of IANA's registries.
 *
 * @param address - IPv4 or IPv6
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  return ipaddr.process(address).range() === 'unicast'
}

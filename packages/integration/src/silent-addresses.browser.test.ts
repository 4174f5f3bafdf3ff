import { checkSilentAddresses } from './testing/check-silent-addresses.ts'

checkSilentAddresses(() => location.origin)

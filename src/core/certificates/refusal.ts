/** What stands against making certificates, in one sentence for whoever asked. Nothing was written. */
export class CertificateRefusal extends Error {}

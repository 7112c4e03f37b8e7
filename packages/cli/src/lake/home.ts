import { join } from 'node:path';

/** Where everything of a lake lies, below one directory. */
export interface Home {
  directory: string;
  adminFile: string;
  rucioConfigFile: string;
  caFile: string;
  /** PEM of further authorities that storages of others are verified with; written by people. */
  authoritiesFile: string;
  certificatesDirectory: string;
  logFile: string;
  /** Key that storage tokens are signed with. */
  issuerKeyFile: string;
  portsFile: string;
  /** Which address each storage was told to the catalogue with. */
  federationFile: string;
  samplesFile: string;
  /** One file per running role. */
  locksDirectory: string;
  databaseDirectory: string;
  /** Address of the embedded database: it lives elsewhere when its user may not enter the home. */
  databaseFile: string;
  transferDirectory: string;
  storagesDirectory: string;
  storageRoot(rse: string): string;
  storageState(rse: string): string;
}

export const homeOf = (directory: string): Home => ({
  directory,
  adminFile: join(directory, 'admin.json'),
  rucioConfigFile: join(directory, 'rucio.cfg'),
  caFile: join(directory, 'ca.pem'),
  authoritiesFile: join(directory, 'authorities.pem'),
  certificatesDirectory: join(directory, 'certificates'),
  logFile: join(directory, 'leman.log'),
  issuerKeyFile: join(directory, 'keys', 'issuer.pem'),
  portsFile: join(directory, 'ports.json'),
  federationFile: join(directory, 'federation.json'),
  samplesFile: join(directory, 'samples.json'),
  locksDirectory: join(directory, 'run'),
  databaseDirectory: join(directory, 'postgres'),
  databaseFile: join(directory, 'database.json'),
  storagesDirectory: join(directory, 'storages'),
  transferDirectory: join(directory, 'transfer'),
  storageRoot: (rse) => join(directory, 'storages', rse, 'files'),
  storageState: (rse) => join(directory, 'storages', rse, 'state'),
});

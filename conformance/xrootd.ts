import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, run } from './lake.ts';

export interface XrootdServer {
  /** Its files: `/x` of a URL is `x` in here. */
  data: string;
  stop(): Promise<void>;
}

const user = async (name: string): Promise<{ uid: number; gid: number }> => {
  const fields = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))!
    .split(':');
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
};

/**
 * A real XRootD server over HTTPS in a network namespace (it listens on every interface and has no option against it),
 * with a certificate of a lake. With `scitokens` it takes the tokens that this configuration allows, else everybody.
 */
export const startXrootd = async (options: {
  namespace: string;
  port: number;
  lakeHome: string;
  scitokens?: string;
}): Promise<XrootdServer> => {
  const { namespace, port, lakeHome, scitokens } = options;
  const work = await mkdtemp(join(tmpdir(), 'leman-xrd-'));
  const xrootd = await user('xrootd');
  await chmod(work, 0o755);
  for (const directory of ['data', 'admin', 'run', 'cache', 'certificates'])
    await mkdir(join(work, directory));
  await cp(join(lakeHome, 'certificates'), join(work, 'certificates'), {
    recursive: true,
    dereference: true,
  });
  await copyFile(join(lakeHome, 'host.pem'), join(work, 'host.pem'));
  await copyFile(join(lakeHome, 'host-key.pem'), join(work, 'host.key'));
  await chmod(join(work, 'host.key'), 0o400);
  const system = '/etc/ssl/certs/ca-certificates.crt';
  await writeFile(
    join(work, 'authorities.crt'),
    `${await readFile(system, 'utf8')}\n${await readFile(join(lakeHome, 'ca.pem'), 'utf8')}`,
  );
  await writeFile(join(work, 'scitokens.cfg'), scitokens ?? '');
  const authorization = `http.header2cgi Authorization authz
ofs.authorize
ofs.authlib libXrdAccSciTokens.so config=${work}/scitokens.cfg
`;
  await writeFile(
    join(work, 'xrootd.cfg'),
    `all.export /
oss.localroot ${work}/data
all.adminpath ${work}/admin
all.pidpath ${work}/run
xrd.port 11094
xrd.network nodnr
xrd.protocol XrdHttp:${port} libXrdHttp.so
xrd.tls ${work}/host.pem ${work}/host.key
xrd.tlsca certdir ${work}/certificates
xrootd.tls off
http.listingdeny no
http.exthandler xrdtpc libXrdHttpTPC.so
xrootd.chksum max 4 chkcgi adler32 crc32c md5
ofs.tpc pgm /usr/bin/xrdcp --server
${scitokens === undefined ? '' : authorization}`,
  );
  // Keys of issuers are fetched with the authorities of the system, so this process gets a system with one more.
  await writeFile(
    join(work, 'start.sh'),
    `mount --bind ${work}/authorities.crt ${system}
export XDG_CACHE_HOME=${work}/cache
exec setpriv --reuid xrootd --regid xrootd --clear-groups xrootd -c ${work}/xrootd.cfg -l ${work}/log -n t${process.pid}
`,
  );
  for (const name of ['data', 'admin', 'run', 'cache', 'host.key', 'host.pem', '.'])
    await chown(join(work, name), xrootd.uid, xrootd.gid);
  const server: ChildProcess = spawn(
    'ip',
    ['netns', 'exec', namespace, 'unshare', '-m', 'sh', join(work, 'start.sh')],
    { stdio: 'ignore', cwd: work },
  );
  await eventually(
    'XRootD answers',
    async () =>
      (await run('curl', ['-sk', '-o', '/dev/null', `https://localhost:${port}/`], { namespace })).code === 0,
  );
  return {
    data: join(work, 'data'),
    async stop() {
      server.kill('SIGTERM');
      await rm(work, { recursive: true, force: true });
    },
  };
};

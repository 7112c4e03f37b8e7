#!/usr/bin/env bash
# A real Rucio of the usual size, to be measured beside a lake: Apache with mod_wsgi (4 processes of 4 threads, as in
# Rucio's own container), PostgreSQL 15 with 1 GB of shared buffers, memcached. Everything below one new directory.
# Needs Debian's apache2-bin, libapache2-mod-wsgi-py3, memcached, postgresql-15, and 'rucio[postgresql]' in a venv.
# usage: start.sh DIRECTORY VENV [PORT]    (stop.sh DIRECTORY ends it)
# Login afterwards: account root, user ddmlab, password secret.
set -euo pipefail
home=$(mkdir -p "$1" && cd "$1" && pwd)
venv=$(cd "$2" && pwd)
port=${3:-8180}
dbport=$((port + 1))
cacheport=$((port + 2))
bin=/usr/lib/postgresql/15/bin
site=$(echo "$venv"/lib/python3*/site-packages)
runas=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL does not run as root.
  runas=(runuser -u postgres --)
fi

mkdir -p "$home"/{db,etc,log}
[ "$(id -u)" = 0 ] && chown postgres "$home/db" && chmod 755 "$home"
"${runas[@]}" "$bin/initdb" -D "$home/db/data" -U rucio --auth=trust >"$home/log/initdb.log"
"${runas[@]}" "$bin/pg_ctl" -D "$home/db/data" -w -l "$home/db/log" -o "-p $dbport -k $home/db -c listen_addresses=127.0.0.1 \
  -c shared_buffers=1GB -c max_wal_size=4GB -c work_mem=32MB -c max_connections=200" start >/dev/null
"${runas[@]}" "$bin/createdb" -h 127.0.0.1 -p "$dbport" -U rucio rucio

setsid memcached -u nobody -l 127.0.0.1 -p "$cacheport" >"$home/log/memcached" 2>&1 &
echo $! >"$home/memcached.pid"

cp -r "$venv/rucio/etc/mail_templates" "$home/etc/"
cat >"$home/etc/alembic.ini" <<END
[alembic]
script_location = $site/rucio/db/sqla/migrate_repo/
sqlalchemy.url = postgresql+psycopg://rucio@127.0.0.1:$dbport/rucio
version_table_schema = rucio
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = plain
[logger_root]
level = WARN
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(message)s
END
cat >"$home/etc/rucio.cfg" <<END
[common]
logdir = $home/log
loglevel = WARNING
mailtemplatedir = $home/etc/mail_templates
[client]
rucio_host = http://127.0.0.1:$port
auth_host = http://127.0.0.1:$port
auth_type = userpass
account = root
username = ddmlab
password = secret
request_retries = 3
[database]
default = postgresql+psycopg://rucio@127.0.0.1:$dbport/rucio
schema = rucio
pool_recycle = 3600
echo = 0
pool_size = 5
max_overflow = 10
pool_reset_on_return = rollback
[bootstrap]
userpass_identity = ddmlab
userpass_pwd = secret
userpass_email = bench@example.org
[cache]
url = 127.0.0.1:$cacheport
[core]
geoip_licence_key =
use_temp_tables = True
[conveyor]
scheme = mock,https
transfertool = mock
cacert = /etc/ssl/certs/ca-certificates.crt
usercert = /etc/ssl/certs/ca-certificates.crt
[policy]
permission = generic
schema = generic
lfn2pfn_algorithm_default = hash
[trace]
tracedir = $home/log
[alembic]
cfg = $home/etc/alembic.ini
END
export RUCIO_CONFIG="$home/etc/rucio.cfg" RUCIO_HOME="$home"
"${runas[@]}" "$bin/psql" -q -h 127.0.0.1 -p "$dbport" -U rucio -c "alter role rucio set search_path = rucio,public" rucio
(cd "$home" && "$venv/bin/python" - <<'END') >"$home/log/bootstrap" 2>&1
from rucio.db.sqla.util import build_database, create_base_vo, create_root_account

build_database()
create_base_vo()
create_root_account()
END

modules=/usr/lib/apache2/modules
cat >"$home/etc/httpd.conf" <<END
ServerRoot $home
ServerName localhost
Listen 127.0.0.1:$port
PidFile $home/httpd.pid
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule env_module $modules/mod_env.so
LoadModule wsgi_module $modules/mod_wsgi.so
ErrorLog $home/log/httpd_error
LogFormat "%h %t \"%r\" %>s %b %D" short
CustomLog $home/log/httpd_access short
KeepAlive On
MaxKeepAliveRequests 0
Timeout 300
$([ "$(id -u)" = 0 ] && printf 'User www-data\nGroup www-data\n')
WSGISocketPrefix $home/wsgi
WSGIPythonHome $venv
WSGIDaemonProcess rucio processes=4 threads=4 home=$home
WSGIProcessGroup rucio
WSGIApplicationGroup %{GLOBAL}
WSGIScriptAlias / $site/rucio/web/rest/main.py
<Location />
  Require all granted
</Location>
END
chmod -R a+rX "$home/etc" && chmod a+rwX "$home/log"
RUCIO_CONFIG="$home/etc/rucio.cfg" setsid /usr/sbin/apache2 -f "$home/etc/httpd.conf"
for _ in $(seq 50); do
  curl -sf "http://127.0.0.1:$port/ping" >/dev/null && break
  sleep 0.2
done
curl -sf "http://127.0.0.1:$port/ping" >/dev/null
printf '{"url":"http://127.0.0.1:%s","httpd":%s,"postgres":%s,"config":"%s","python":"%s","database":"postgresql://rucio@127.0.0.1:%s/rucio"}\n' \
  "$port" "$(cat "$home/httpd.pid")" "$(head -1 "$home/db/data/postmaster.pid")" "$home/etc/rucio.cfg" "$venv/bin/python" "$dbport"

#!/usr/bin/env bash
# Certificates for a cluster: cluster/certificates.sh DIR WHO...
#   node-1=10.0.0.1,node-1.lan   a node, with the hosts and addresses that others dial it by
#   alice                        a client, whom nobody dials
# The first call makes the authority (ca.crt, ca.key) and the control token (token); later ones give out more.
# Whoever has a certificate looks at the cluster, whoever has the token, too, gives it orders, and whoever has
# ca.key gives out certificates: keep it off the nodes.
set -euo pipefail
set -f # a certificate may be for *.example

readonly authority_days=3650 own_days=825

die() {
    printf 'certificates.sh: %s\n' "$1" >&2
    exit 2
}

new_key() {
    (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1") 2>/dev/null
}

# subjectAltName of "10.0.0.1,node-1.lan": IP:10.0.0.1,DNS:node-1.lan
names_of() {
    local host names=()
    for host in ${1//,/ }; do
        if [[ $host =~ ^[0-9.]+$ || $host == *:* ]]; then
            names+=("IP:$host")
        else
            names+=("DNS:$host")
        fi
    done
    (IFS=, && printf '%s' "${names[*]}")
}

make_authority() {
    new_key "$dir/ca.key"
    openssl req -new -x509 -sha256 -days "$authority_days" -key "$dir/ca.key" -out "$dir/ca.crt" \
        -subj "/CN=pvtimer cluster authority" \
        -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign"
    printf '%s\n' "$dir/ca.crt, $dir/ca.key: the authority"
}

make_token() {
    (umask 077 && openssl rand -hex 24 >"$dir/token")
    printf '%s\n' "$dir/token: the control token"
}

# give_out NAME HOSTS
give_out() {
    local name=$1 hosts=$2 extensions
    [[ ! -e $dir/$name.key ]] || die "$dir/$name.key is there already; accepted: a name without a certificate"
    extensions=$'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n'
    if [[ -n $hosts ]]; then
        extensions+="extendedKeyUsage=serverAuth,clientAuth"$'\n'"subjectAltName=$(names_of "$hosts")"
    else
        extensions+="extendedKeyUsage=clientAuth"
    fi
    new_key "$dir/$name.key"
    openssl req -new -key "$dir/$name.key" -subj "/CN=$name" |
        openssl x509 -req -sha256 -days "$own_days" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" \
            -set_serial "0x$(openssl rand -hex 16)" -extfile <(printf '%s\n' "$extensions") \
            -out "$dir/$name.crt" 2>/dev/null
    printf '%s\n' "$dir/$name.crt, $dir/$name.key: ${hosts:-a client}"
}

(($# >= 2)) || die "accepted: DIR WHO..., as in: certificates.sh certificates node-1=10.0.0.1 alice"
dir=$1
shift
mkdir -p "$dir"
[[ -e $dir/ca.key ]] || make_authority
[[ -e $dir/token ]] || make_token
for who; do
    name=${who%%=*}
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9.-]*$ && $name != ca ]] || die "'$who'; accepted: NAME or NAME=HOST,HOST"
    hosts=''
    [[ $who != *=* ]] || hosts=${who#*=}
    give_out "$name" "$hosts"
done

/**
 * Which names are Go's own: those of packages of the standard library.
 *
 * An import path belongs to it when its first element has no dot, says `go help importpath`; but
 * programs have modules without a dot as well, so that the first elements are listed.
 */

/** First elements of import paths, Go 1.19 to 1.27; `vendor` has what the library itself vendors. */
const FIRST_ELEMENTS: ReadonlySet<string> = new Set(
  (
    'archive bufio builtin bytes cmp compress container context crypto database debug embed ' +
    'encoding errors expvar flag fmt go hash html image index internal io iter log maps math ' +
    'mime net os path plugin reflect regexp runtime slices sort strconv strings structs sync ' +
    'syscall testing text time unicode unique unsafe vendor weak'
  ).split(' '),
);

/**
 * Last elements of import paths that programs hardly give to packages of their own. Names of
 * types have nothing else of the path.
 */
const UNMISTAKABLE: ReadonlySet<string> = new Set(
  (
    'abi aes atomic base32 base64 big bufio bytealg bytes cmp context cpu crc32 crypto dnsmessage ' +
    'ecdsa ed25519 errors exec fips140 flag flate fmt fs gzip hpack http http2 httptrace io ioutil ' +
    'maps multipart net netip netpoll os pem poll rand reflect regexp rsa runtime sha1 sha256 ' +
    'sha512 slices slog sort strconv strings sync syscall tabwriter testing textproto time tls ' +
    'unicode unique unsafe utf16 utf8 weak x509 zlib'
  ).split(' '),
);

/** @param path - e.g. `net/http`, `github.com/a/b`, `main` */
export function isStandardPackage(path: string): boolean {
  const [first] = path.split('/');
  return FIRST_ELEMENTS.has(first!);
}

/**
 * Whether a package can be taken for one of the standard library when its path is not known.
 *
 * @param name - as types have it, e.g. `http`
 */
export function isStandardName(name: string): boolean {
  return UNMISTAKABLE.has(name);
}

/** `net/http` of `net/http.(*conn).serve`; undefined when it has no package, as functions of C. */
export function packageOfFunction(name: string): string | undefined {
  // What is in brackets has paths of its own.
  const head = name.split(/[[(]/, 1)[0]!;
  const dot = head.indexOf('.', head.lastIndexOf('/') + 1);
  return dot <= 0 ? undefined : readablePath(head, dot, name);
}

/** The last element may have dots itself, `gopkg.in/yaml.v3.Marshal`: a version is not a name. */
function readablePath(head: string, dot: number, name: string): string {
  const version = /^\.v\d+(?=\.)/.exec(name.slice(dot));
  return head.includes('/') && version !== null
    ? name.slice(0, dot + version[0].length)
    : head.slice(0, dot);
}

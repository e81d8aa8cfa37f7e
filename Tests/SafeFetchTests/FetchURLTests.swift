import AvatariumCore
import Foundation
import SafeFetch
import ServiceHTTP
import Testing

struct FetchURLTests {
    /// URLs, and how they are requested: scheme, host, port, path and query written anew.
    @Test(arguments: [
        ("http://example.com", "http://example.com/"),
        ("HTTPS://EXAMPLE.com/A?b=C", "https://example.com/A?b=C"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://example.com:0080/x", "http://example.com/x"),
        ("http://example.com:/x", "http://example.com/x"),
        ("http://example.com./x", "http://example.com/x"),
        ("http://example.com?a=b", "http://example.com/?a=b"),
        ("http://example.com#frag", "http://example.com/"),
        ("http://example.com/a#b?c", "http://example.com/a"),
        ("http://example.com/a%20b%2F..", "http://example.com/a%20b%2F.."),
        ("http://example.com/ü|{}", "http://example.com/%C3%BC%7C%7B%7D"),
        ("http://example.com/@user:pass", "http://example.com/@user:pass"),
        ("http://example.com?u=http://a@b", "http://example.com/?u=http://a@b"),
        ("http://my_host-1.example/", "http://my_host-1.example/"),
        ("http://xn--mnchen-3ya.de/", "http://xn--mnchen-3ya.de/"),
        ("http://MÜNCHEN.de/", "http://xn--mnchen-3ya.de/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://134744072/", "http://8.8.8.8/"),
        ("http://[2001:4860:4860:0:0:0:0:8888]:8080/", "http://[2001:4860:4860::8888]:8080/"),
        // The forms that inet_aton and browsers read.
        ("http://127.0.0.1#@example.com:99999/x@", "http://127.0.0.1/"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://127.0.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://017700000001/", "http://127.0.0.1/"),
        ("http://0x7f000001/", "http://127.0.0.1/"),
        ("http://0X7F.0.0.1/", "http://127.0.0.1/"),
        ("http://0177.0.0.01/", "http://127.0.0.1/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://127.0.0.1./", "http://127.0.0.1/"),
        ("http://0/", "http://0.0.0.0/"),
        ("http://0x/", "http://0.0.0.0/"),
        ("http://0xa9fea9fe/", "http://169.254.169.254/"),
        ("http://2852039166/", "http://169.254.169.254/"),
        ("http://169.254.43518/", "http://169.254.169.254/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
        ("http://127。0。0。1/", "http://127.0.0.1/"),
        ("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "http://localhost/"),
    ])
    func `a URL is written anew with the host that will be judged`(text: String, written: String) throws {
        let url = try FetchURL(text, field: "avatar_url")
        #expect(url.description == written)
        #expect(try FetchURL(written, field: "avatar_url") == url)
    }

    @Test(arguments: [
        "", "example.com", "//example.com", "/path", "ftp://example.com/", "file:///etc/passwd",
        "gopher://x/", "data:,x",
        "javascript:alert(1)", "http:example.com", "http:/example.com", "http://", "http:///path",
        "http://?x", "http://#x",
        "http://:80/", "http://user@example.com/", "http://user:pass@example.com/", "http://@example.com/",
        "http://example.com@127.0.0.1/", "http://exam ple.com/", " http://example.com/",
        "http://example.com/ ", "http://example.com/a b", "http://example.com\\@127.0.0.1/",
        "http://example.com/\\x",
        "http://example.com\t/", "http://example.com\r\nHost: x/", "http://example.com/\u{0}",
        "http://example.com/\u{7F}",
        "http://exa%6dple.com/", "http://%31%32%37.0.0.1/", "http://127.0.0.1%2f@x/", "http://example..com/",
        "http://.example.com/",
        "http://example.com../", "http://exa$mple.com/", "http://exa,mple.com/", "http://a;b/",
        "http://example.com:80:80/",
        "http://example.com:8o/", "http://example.com:-1/", "http://example.com:+80/",
        "http://example.com:0/",
        "http://example.com:65536/", "http://example.com:999999/", "http://example.com:0x50/",
        "http://example.com:８０/",
        "http://256.0.0.1/", "http://0x+8.8.8.8/", "http://0+7.8.8.8/", "http://+8.8.8.8/",
        "http://1.2.3.4.5/", "http://1.2.3.256/", "http://1.256.3/",
        "http://4294967296/",
        "http://99999999999999999999/", "http://0x100000000/", "http://09/", "http://1..2/", "http://a.1/",
        "http://example.0x7f/",
        "http://[::1/", "http://::1/", "http://[::1]x/", "http://[::1]:x/", "http://[::1%25lo]/",
        "http://[::1%lo]/",
        "http://[127.0.0.1]/", "http://[v1.x]/", "http://[]/", "http://[::1]]/", "http://1.2.3.4]/",
        "http://[fe80::1%25eth0]:80/",
        "http://[::ffff:1.2.3.4.5]/", "http://[::ffff:0x7f.0.0.1]/",
    ])
    func `a URL that is not plainly one is refused with its field`(text: String) {
        let error = #expect(throws: AvatariumError.self) { try FetchURL(text, field: "avatar_url") }
        #expect(error?.code == .validationError && error?.context["field"] == "/avatar_url")
    }

    @Test func `hostile text never traps, and what is taken is stable`() {
        var generator = SeededGenerator(seed: 7)
        let pieces = [
            "http", "https", "://", ":", "/", "//", "@", "[", "]", "::", "%", "%25", ".", "..", "0x", "0",
            "7f", "1", "255",
            "4294967295", "99999999999999999999", "ü", "ⓛ", "。", "xn--", "a", "-", "_", "?", "#", "\\", " ",
            "\u{0}", "\u{200B}",
            "localhost", "80", "65536",
        ]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...12, using: &generator)
            let tail = (0..<count).map { _ in pieces.randomElement(using: &generator)! }.joined()
            let text = Bool.random(using: &generator) ? "http://" + tail : tail
            guard let url = try? FetchURL(text, field: "f") else { continue }
            #expect((try? FetchURL(url.description, field: "f")) == url, "\(text)")
            // The HTTP client reads the URL by Foundation: it must find the host and port that were judged.
            let seen = URL(string: url.description)
            #expect(
                seen?.host(percentEncoded: true).map { $0.filter { !"[]".contains($0) } } == url.bareHost,
                "\(text)")
            #expect(seen?.port.map { UInt16($0) } ?? (url.isSecure ? 443 : 80) == url.port, "\(text)")
        }
    }

    @Test func `long URLs, hosts and labels are refused`() {
        for text in [
            "http://example.com/" + String(repeating: "a", count: 5000),
            "http://" + String(repeating: "a", count: 64) + ".com/",
            "http://" + String(repeating: "a.", count: 127) + "com/",
            "http://" + String(repeating: "1", count: 3000) + "/",
        ] {
            #expect(throws: AvatariumError.self) { try FetchURL(text, field: "f") }
        }
    }

    /// Every place that must not be reached, by URL.
    @Test(arguments: [
        "http://127.0.0.1/", "http://127.1/", "http://0x7f000001/", "http://2130706433/",
        "http://0177.0.0.1/", "http://0/",
        "http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://a.localhost/",
        "http://[::1]/", "http://[::]/",
        "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://10.1.2.3/",
        "http://172.16.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/", "http://168.63.129.16/", "http://192.0.0.192/", "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[64:ff9b::a9fe:a9fe]/", "http://[64:ff9b::127.0.0.1]/", "http://[2002:7f00:1::]/",
        "http://[2002:a9fe:a9fe::]/", "http://[2001::1]/", "http://[2001:db8::1]/", "http://198.18.0.1/",
        "http://203.0.113.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://240.0.0.1/",
        "http://[ff02::1]/",
        "http://0.0.0.0/", "http://100.64.0.1/", "http://[::ffff:169.254.169.254]/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
        "http://１２７.0.0.1/", "http://8.8.8.8:22/", "http://8.8.8.8:6379/", "https://8.8.8.8:8443/",
    ])
    func `a URL that leads inside is forbidden before anything is sent`(url: String) async {
        let fetcher = SafeFetcher(
            resolver: HostResolver { _ in
                Issue.record("asked DNS")
                return []
            })
        let error = await #expect(throws: AvatariumError.self) { try await fetcher.check(url, field: "url") }
        #expect(error?.code == .validationError && error?.context["rule"] == "forbidden-url")
        #expect(error?.context["field"] == "/url")
    }

    @Test(
        arguments: [
            (["10.0.0.1"], false), (["8.8.8.8"], true), (["8.8.8.8", "127.0.0.1"], false),
            (["::ffff:10.0.0.1"], false),
            (["2606:4700::1", "8.8.8.8"], true), (["2606:4700::1", "fe80::1"], false), (["fd00::1"], false),
            (["64:ff9b::a00:1"], false), (["169.254.169.254"], false),
            (["8.8.8.8", "8.8.4.4", "0.0.0.0"], false),
        ] as [([String], Bool)])
    func `a name is allowed only if all its addresses are public`(addresses: [String], allowed: Bool)
        async throws
    {
        let fetcher = SafeFetcher(
            resolver: HostResolver { name in
                #expect(name == "files.example.com")
                return addresses.compactMap { IPAddress($0) }
            })
        do {
            try await fetcher.check("https://Files.Example.com./a", field: "url")
            #expect(allowed)
        } catch let error as AvatariumError {
            #expect(!allowed && error.context["rule"] == "forbidden-url")
            for address in addresses { #expect(!"\(error)".contains(address)) }
        }
    }

    @Test func `a lab allows private addresses and other ports, and an operator single networks`()
        async throws
    {
        let nobody = HostResolver { _ in [IPAddress.v4(0x7F00_0001)] }
        let lab = SafeFetcher(policy: FetchPolicy(ports: nil, allowsPrivate: true), resolver: nobody)
        for url in ["http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:9/", "http://intranet/"] {
            try await lab.check(url, field: "url")
        }
        let block = try AddressBlock.list(["10.5.0.0/16"], setting: "x")
        let some = SafeFetcher(policy: FetchPolicy(exceptions: block), resolver: nobody)
        try await some.check("http://10.5.1.2/", field: "url")
        for url in ["http://10.6.1.2/", "http://intranet/", "http://10.5.1.2:81/"] {
            await #expect(throws: AvatariumError.self) { try await some.check(url, field: "url") }
        }
    }

    @Test func `the system's resolver finds this machine and not what is nowhere`() async throws {
        #expect(try await HostResolver.system.addresses(of: "localhost").contains(.v4(0x7F00_0001)))
        let error = await #expect(throws: AvatariumError.self) {
            _ = try await HostResolver.system.addresses(of: "no-such-host.invalid")
        }
        #expect(error?.code == .connectionFailed && error?.context["host"] == "no-such-host.invalid")
    }
}

extension FetchURL {
    fileprivate var bareHost: String { hostText.filter { !"[]".contains($0) } }
}

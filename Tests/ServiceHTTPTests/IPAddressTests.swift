import AvatariumCore
import ServiceHTTP
import Testing

struct IPAddressTests {
    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("1.2.3.4", "1.2.3.4"), ("::", "::"),
        ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("::ffff:1.2.3.4", "::ffff:102:304"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("0:0:0:0:0:0:0:0", "::"),
    ])
    func `an address is read and written in its canonical form`(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.-4", "+1.2.3.4", "1.2.3.4 ",
        " 1.2.3.4", "1..3.4",
        "0x7f.0.0.1", "1.2.3.4:80", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::12345",
        "::g",
        "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:", ":1", "1:2:3:4:5:6:7:", "::1.2.3", "::1.2.3.4:5",
        "fe80::1%eth0",
        "fe80::1%25eth0", "[::1]", "::+1", "::-1", "::-0", "::+0", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4",
        "::ffff:1.2.3.04",
        "１.2.3.4",
        "00000::1", "::1\u{0}",
    ])
    func `a text that is not an address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `bytes in network order are an address`() {
        #expect(IPAddress(bytes: [1, 2, 3, 4] as [UInt8]) == IPAddress("1.2.3.4"))
        #expect(IPAddress(bytes: (1...16).map { UInt8($0) }) == IPAddress("102:304:506:708:90a:b0c:d0e:f10"))
        #expect(IPAddress(bytes: [1, 2, 3] as [UInt8]) == nil)
    }

    /// First and last addresses of every special block, and their neighbours outside.
    @Test(arguments: [
        ("0.0.0.0", false), ("0.255.255.255", false), ("1.0.0.0", true), ("9.255.255.255", true),
        ("10.0.0.0", false),
        ("10.255.255.255", false), ("11.0.0.0", true), ("100.63.255.255", true), ("100.64.0.0", false),
        ("100.100.100.200", false), ("100.127.255.255", false), ("100.128.0.0", true),
        ("126.255.255.255", true),
        ("127.0.0.1", false), ("127.255.255.255", false), ("128.0.0.0", true), ("168.63.129.15", true),
        ("168.63.129.16", false), ("168.63.129.17", true), ("169.253.255.255", true), ("169.254.0.0", false),
        ("169.254.169.254", false), ("169.254.255.255", false), ("169.255.0.0", true),
        ("172.15.255.255", true),
        ("172.16.0.0", false), ("172.31.255.255", false), ("172.32.0.0", true), ("192.0.0.0", false),
        ("192.0.0.192", false), ("192.0.1.0", true), ("192.0.2.1", false), ("192.0.3.0", true),
        ("192.88.98.255", true), ("192.88.99.1", false), ("192.88.100.0", true), ("192.167.255.255", true),
        ("192.168.0.0", false), ("192.168.255.255", false), ("192.169.0.0", true), ("198.17.255.255", true),
        ("198.18.0.0", false), ("198.19.255.255", false), ("198.20.0.0", true), ("198.51.100.7", false),
        ("198.51.101.0", true), ("203.0.113.255", false), ("203.0.114.0", true), ("223.255.255.255", true),
        ("224.0.0.1", false), ("239.255.255.255", false), ("240.0.0.0", false), ("255.255.255.255", false),
        ("8.8.8.8", true), ("1.1.1.1", true),
        // IPv6
        ("::", false), ("::1", false), ("::2", false), ("::7f00:1", false), ("::8.8.8.8", true),
        ("::10.0.0.1", false),
        ("::ffff:127.0.0.1", false), ("::ffff:8.8.8.8", true), ("::ffff:169.254.169.254", false),
        ("::ffff:a9fe:a9fe", false), ("::ffff:0:127.0.0.1", false), ("::fffe:8.8.8.8", false),
        ("64:ff9b::127.0.0.1", false), ("64:ff9b::10.1.2.3", false), ("64:ff9b::8.8.8.8", true),
        ("64:ff9b:1::8.8.8.8", false), ("64:ff9b::1:808:808", false), ("2002:7f00:1::", false),
        ("2002:a00:1::1", false), ("2002:a9fe:a9fe::1", false), ("2002:808:808::1", true), ("2001::1", false),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", false), ("2001:2::1", false), ("2001:10::1", false),
        ("2001:20::1", false), ("2001:1ff:ffff::1", false), ("2001:200::1", true), ("2001:db7:ffff::1", true),
        ("2001:db8::1", false), ("2001:db8:ffff::1", false), ("2001:db9::1", true),
        ("2001:4860:4860::8888", true),
        ("2606:4700:4700::1111", true), ("2a00:1450:4001::1:5efe", true), ("2a00::5efe:10.0.0.1", false),
        ("2a00::200:5efe:127.0.0.1", false), ("2a00::5efe:8.8.8.8", true), ("3ffe:ffff::1", true),
        ("3fff::1", false),
        ("3fff:fff:ffff::1", false), ("3fff:1000::1", true), ("1fff:ffff::1", false), ("4000::1", false),
        ("5f00::1", false), ("100::1", false), ("fbff::1", false), ("fc00::1", false),
        ("fd00:ec2::254", false),
        ("fdff:ffff::1", false), ("fe00::1", false), ("fe80::1", false), ("febf::1", false),
        ("fec0::1", false),
        ("ff02::1", false), ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
    ])
    func `an address is public or not as the IANA registries say`(text: String, isGlobal: Bool) throws {
        #expect(try #require(IPAddress(text)).isGlobalUnicast == isGlobal)
    }

    @Test func `a block holds its addresses and no others`() throws {
        for (block, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"), ("10.1.2.3/8", "10.9.9.9", "9.0.0.0"),
            ("1.2.3.4", "1.2.3.4", "1.2.3.5"),
            ("1.2.3.4/32", "::ffff:1.2.3.4", "1.2.3.3"), ("::ffff:10.0.0.0/104", "10.1.1.1", "11.1.1.1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"), ("::1", "::1", "::2"),
            ("2001:db8::/65", "2001:db8::7fff:0:0:0", "2001:db8::8000:0:0:0"),
            ("fd00::/8", "fdff::1", "fc00::1"),
        ] {
            let block = try #require(AddressBlock(block))
            #expect(block.contains(try #require(IPAddress(inside))), "\(block) \(inside)")
            #expect(!block.contains(try #require(IPAddress(outside))), "\(block) \(outside)")
        }
        let everything = try #require(AddressBlock("0.0.0.0/0"))
        #expect(everything.contains(try #require(IPAddress("255.1.2.3"))))
        #expect(!everything.contains(try #require(IPAddress("2001:db8::1"))))
        #expect(try #require(AddressBlock("::/0")).contains(try #require(IPAddress("ff::1"))))
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0/8", "::/129", "::/1/2",
        "a/8",
        "10.0.0.0/99999999999999999999",
    ])
    func `a text that is not a block is refused, and the error names the setting`(text: String) {
        #expect(AddressBlock(text) == nil)
        do {
            _ = try AddressBlock.list(["10.0.0.0/8", text], setting: "trusted-proxy")
            Issue.record("taken")
        } catch {
            #expect(error.code == .invalidConfig && error.context["field"] == "/trusted-proxy")
        }
    }

    // MARK: Clients

    @Test(
        arguments: [
            ("203.0.113.9", [], "203.0.113.9"),
            ("203.0.113.9", ["1.2.3.4"], "203.0.113.9"),
            ("10.0.0.1", [], "10.0.0.1"),
            ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
            ("::ffff:10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", ["6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
            ("10.0.0.1", ["6.6.6.6", "1.2.3.4 ,10.0.0.2"], "1.2.3.4"),
            ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", ["1.2.3.4:5678"], "1.2.3.4"),
            ("10.0.0.1", ["[2001:db8::7]:443"], "2001:db8::7"),
            ("10.0.0.1", ["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
            ("10.0.0.1", ["::ffff:1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", ["1.2.3.4, nonsense"], "10.0.0.1"),
            ("10.0.0.1", ["1.2.3.4, "], "10.0.0.1"),
            ("10.0.0.1", ["1.2.3.4, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", ["1.2.3.4:port"], "10.0.0.1"),
            ("10.0.0.1", ["[1.2.3.4]"], "10.0.0.1"),
            ("10.0.0.1", [""], "10.0.0.1"),
        ] as [(String, [String], String)])
    func `the client is the last address that no trusted proxy vouches for`(
        peer: String, lines: [String], expected: String
    ) throws {
        let trusted = try AddressBlock.list(["10.0.0.0/8"], setting: "trusted-proxy")
        let client = ClientAddress.resolve(
            peer: try #require(IPAddress(peer)), forwardedFor: lines, trusted: trusted)
        #expect(client.description == expected)
    }

    @Test func `a forged chain of any length is read to a bound`() throws {
        let trusted = try AddressBlock.list(["10.0.0.0/8"], setting: "trusted-proxy")
        let peer = try #require(IPAddress("10.0.0.1"))
        let lines = [String(repeating: "10.0.0.2,", count: 200_000) + "10.0.0.3"]
        #expect(trusted[0].contains(ClientAddress.resolve(peer: peer, forwardedFor: lines, trusted: trusted)))
    }

    @Test func `clients with IPv6 are counted by their block of 64 bits`() throws {
        func key(_ text: String) throws -> String { ClientAddress.rateKey(try #require(IPAddress(text))) }
        #expect(try key("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64")
        #expect(try key("2001:db8:1:2::1") == "2001:db8:1:2::/64")
        #expect(try key("1.2.3.4") == "1.2.3.4")
        #expect(try key("::ffff:1.2.3.4") == "1.2.3.4")
    }
}

import Foundation
import ProcessRunner
import Testing

/// `account`, `key` and `plan` as an operator runs them.
@Suite(.serialized, .enabled(if: Program.isBuilt, "the program is not built"))
struct OperatorCommandTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// - Returns: Status, standard output and standard error.
    private func run(_ arguments: [String], input: String? = nil) throws -> (Int32, String, String) {
        var typed: FileHandle?
        if let input {
            let path = folder.file("input")
            try Data(input.utf8).write(to: URL(fileURLWithPath: path))
            typed = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        }
        let result = try Program.run(
            arguments + ["--data", folder.file("data")], in: folder.path, input: typed)
        return (result.status, result.text, result.error)
    }

    private func json(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }

    @Test func `an account is made, put on a plan, given a key and closed`() throws {
        let (made, _, problem) = try run(["account", "create", "acme", "--name", "Acme"])
        #expect(made == 0, "\(problem)")
        let (planned, _, _) = try run(["plan", "set", "acme", "paid"])
        #expect(planned == 0)
        let (keyed, key, _) = try run(["key", "create", "acme", "--scopes", "renders", "--test"])
        #expect(keyed == 0)
        #expect(key.hasPrefix("av_test_"))
        let (_, shown, _) = try run(["account", "show", "acme", "--json"])
        let usage = try #require(try json(shown) as? [String: Any])
        #expect((usage["account"] as? [String: Any])?["plan"] as? String == "paid")
        #expect(usage["messageLimit"] as? Int == 10_000)
        let (_, list, _) = try run(["key", "list", "acme", "--json"])
        let keys = try #require(try json(list) as? [[String: Any]])
        #expect(keys.count == 1)
        #expect(keys[0]["key"] == nil)
        let id = try #require(keys[0]["id"] as? String)
        #expect(try run(["key", "revoke", "acme", id]).0 == 0)
        #expect(try run(["account", "close", "acme"]).0 == 0)
        let (_, accounts, _) = try run(["account", "list"])
        #expect(accounts.contains("acme\tpaid\tclosed"))
    }

    @Test func `a password comes from standard input`() throws {
        let (made, _, problem) = try run(
            ["account", "create", "acme", "--email", "ada@acme.example"], input: "correct horse\n")
        #expect(made == 0, "\(problem)")
        #expect(try run(["account", "password", "ada@acme.example"], input: "battery staple\n").0 == 0)
        let (short, _, why) = try run(["account", "password", "ada@acme.example"], input: "short\n")
        #expect(short == 65)
        #expect(why.contains("at least 10 characters"))
    }

    @Test(arguments: [
        (["account", "create", "NO"], 65, "is not a slug"),
        (["account", "show", "nobody"], 65, "there is no account"),
        (["key", "create", "nobody"], 65, "there is no account"),
        (["account", "create", "acme", "--plan", "gold"], 64, "there is no plan 'gold'"),
        (["key", "create", "acme", "--expires", "tomorrow"], 64, "is not a time"),
    ])
    func `a mistake is said with what to do`(_ arguments: [String], _ status: Int32, _ words: String) throws {
        #expect(try run(["account", "create", "other"]).0 == 0)
        let (code, _, error) = try run(arguments)
        #expect(code == status, "\(error)")
        #expect(error.contains(words), "\(error)")
    }

    /// It was made, and looked like a server without accounts.
    @Test(arguments: [["account", "list"], ["key", "list", "acme"], ["account", "close", "acme"]])
    func `a data folder that is not there is said and not made`(_ arguments: [String]) throws {
        let (status, _, error) = try run(arguments)
        #expect(status == 66)
        #expect(error.contains("there is no data folder"), "\(error)")
        #expect(!folder.exists("data"))
    }

    @Test func `a master key is replaced, once there is one`() throws {
        let (none, _, why) = try run(["master-key", "rotate"])
        #expect(none == 66, "\(why)")
        #expect(try run(["account", "create", "acme"]).0 == 0)
        let (early, _, unknown) = try run(["master-key", "rotate"])
        #expect(early == 64)
        #expect(unknown.contains("is not known"), "\(unknown)")
        let key = folder.file("data/master.key")
        try Data(repeating: 1, count: 32).base64EncodedData().write(to: URL(fileURLWithPath: key))
        let (status, text, problem) = try run(["master-key", "rotate"])
        #expect(status == 0, "\(problem)")
        #expect(text == "rotated; the data folder has the new key\n")
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: key))
                != Data(repeating: 1, count: 32).base64EncodedData())
        try Data("short".utf8).write(to: URL(fileURLWithPath: folder.file("new.key")))
        let (bad, _, words) = try run([
            "master-key", "rotate", "--new-master-key-file", folder.file("new.key"),
        ])
        #expect(bad == 64)
        #expect(words.contains("is not the base64 of 32 bytes"), "\(words)")
    }

    @Test(arguments: ["account", "key", "plan", "master-key"])
    func `help has examples`(_ command: String) throws {
        let (status, text, _) = try run([command, "--help"])
        #expect(status == 0)
        #expect(text.contains("EXAMPLES"))
    }
}

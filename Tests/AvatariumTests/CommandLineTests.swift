import Foundation
import ProcessRunner
import Testing

/// The program as a user runs it.
@Suite(.serialized, .enabled(if: Program.isBuilt, "the program is not built"))
struct CommandLineTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func run(
        _ arguments: [String], input: FileHandle? = nil, output: FileHandle? = nil
    ) throws -> (status: Int32, error: String) {
        let result = try Program.run(
            arguments, in: folder.path, input: input, output: output ?? FileHandle.nullDevice)
        try #require(result.exited, "\(result.error)")
        return (result.status, result.error)
    }

    @Test(arguments: [["--camera-orbit", "-40,75,1"], ["--camera-target", "-0.1,1.5,0"]])
    func negativeValuesNeedNoEqualsSign(_ option: [String]) throws {
        let (status, error) = try run(["still", "--size", "32x32", "-o", "a.png"] + option)
        #expect(status == 0, "\(error)")
    }

    @Test(arguments: [
        ["still", "--size", "512x512", "-o", "-"], ["curves", "Hello.", "-o", "-"], ["inspect", "ada"],
        ["inspect", "ada", "--json"], ["avatars"], ["voices"],
        ["render", "Hi.", "--size", "64x36", "-o", "-"],
        ["render", "Hi.", "--size", "64x36", "-o", "a.mp4", "--json"],
    ])
    func aFullStandardOutputIsAnErrorAndNoCrash(_ arguments: [String]) throws {
        let full = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/full"))
        let (status, error) = try run(arguments, output: full)
        #expect(status == 73)
        #expect(error.contains("E025"))
    }

    /// `inspect --mapping-template me.glb` once wrote a mapping over the model.
    @Test(arguments: [
        ["inspect", "model.glb", "--mapping-template", "./model.glb"],
        ["inspect", "ada", "--mapping", "map.json", "--mapping-template", "map.json"],
        ["still", "--avatar", "ada", "--background", "0.png", "-o", "0.png"],
        ["render", "Hi.", "--size", "64x36", "--background", "0.png", "-o", "./%d.png"],
        ["render", "--audio", "audio.wav", "--size", "64x36", "-o", "%d.png"],
    ])
    func whatAResultIsMadeFromIsNotReplacedByIt(_ arguments: [String]) throws {
        let names = ["model.glb", "map.json", "0.png", "audio.wav"]
        for name in names {
            try Data(name.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
        }
        let (status, error) = try run(arguments)
        #expect(status == 64)
        #expect(error.contains("would replace"), "\(error)")
        for name in names {
            let data = FileManager.default.contents(atPath: "\(folder.path)/\(name)")
            #expect(data == Data(name.utf8))
        }
    }

    @Test func textsAndTimingsComeThroughPipesToo() throws {
        let pipe = Pipe()
        pipe.fileHandleForWriting.write(Data("Hello.".utf8))
        try pipe.fileHandleForWriting.close()
        let (status, error) = try run(
            ["curves", "--text-file", "/dev/stdin", "-o", "a.csv"], input: pipe.fileHandleForReading)
        #expect(status == 0, "\(error)")
    }

    /// The file was read a second time to choose the voice, which a pipe cannot be: Piper's English voice was to speak
    /// Russian then.
    @Test(arguments: [("Привет, мир.", true), ("Hello.", false)])
    func `the script of a text from a pipe chooses its voice`(text: String, isSpoken: Bool) throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("piper/venv/bin"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: folder.file("piper/voices"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "/bin/false", toPath: folder.file("piper/venv/bin/python"))
        try folder.write("", to: "piper/voices/en_US-mute.onnx")
        let pipe = Pipe()
        pipe.fileHandleForWriting.write(Data(text.utf8))
        try pipe.fileHandleForWriting.close()
        let result = try Program.run(
            ["curves", "--text-file", "/dev/stdin", "-o", "a.csv"], in: folder.path,
            input: pipe.fileHandleForReading, environment: ["AVATARIUM_PIPER": folder.file("piper")])
        #expect((result.status == 0) == isSpoken, "\(result.error)")
    }

    @Test func aBatchSaysWhichLineFailedAndWhy() throws {
        try Data(#"{"id": "bad", "text": ""}"#.utf8).write(
            to: URL(fileURLWithPath: "\(folder.path)/jobs.jsonl"))
        let (status, error) = try run(["batch", "jobs.jsonl", "-o", "clips"])
        #expect(status == 65)
        #expect(error.contains("line 1 (bad): E093 VALIDATION_ERROR: the text is empty"), "\(error)")
    }

    @Test func aReaderThatGoesAwayIsAnErrorAndNoCrash() throws {
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let (status, error) = try run(["curves", "Hello.", "-o", "-"], output: pipe.fileHandleForWriting)
        #expect(status == 73)
        #expect(error.contains("E025"))
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func interruptedItLeavesNothing(_ signal: Int32, _ status: Int32) throws {
        let text = String(repeating: "This takes a while. ", count: 200)
        let running = try Running([
            "render", text, "--size", "320x180", "-o", "\(folder.path)/a.mp4", "--json",
        ])
        // It draws.
        _ = running.nextOutput()
        running.signal(signal)
        let result = running.finish()
        #expect(result.exited)
        #expect(result.status == status)
        #expect(try folder.names == [])
    }

    @Test(
        arguments: [
            (["render", "Hi.", "-o", "a.mp4", "--rate", "-1"], 64),
            (["render", "Hi.", "-o", "a.mp4", "--background", "transparent"], 64),
            (["render", "Hi.", "-o", "a.mp4", "--size", "1281x719"], 64),
            (["render", "Hi.", "-o", "a.mp4", "--language", "de"], 64),
            (["render", "Hi.", "-o", "a.mp4", "--audio", "a.wav"], 64),
            (["render", "--audio", "a.wav", "-o", "a.mp4", "--rate", "2"], 64),
            (["render", "Hi.", "-o", "a.mp4", "--avatar", "nobody"], 66),
            (["render", " ", "-o", "a.mp4"], 65),
            (["render", "Hi.", "-o", "nofolder/a.mp4"], 66),
            (["still", "-o", "/proc/a.png"], 66),
            (["curves", "Hi.", "-o", "nofolder/a.csv"], 66),
            (["golden", "check", "nofile.json"], 66),
            (["render", "--text-file", "nofile.txt", "-o", "a.mp4"], 66),
            (["render", "--audio", "nofile.wav", "-o", "a.mp4"], 66),
            (["curves", "--timings", "nofile.json", "-o", "a.csv"], 66),
            (["render", "Hi.", "--performance", "nofile.json", "-o", "a.mp4"], 66),
            (["render", "Hi.", "--mapping", "nofile.json", "-o", "a.mp4"], 66),
            (["batch", "nofile.jsonl", "-o", "out"], 66),
            (["rendr", "Hi.", "-o", "a.mp4"], 64),
            (["render", "Hi.", "-o", "a.mp4", "--tone-map", "filmic"], 64),
            (["render", "Hi.", "-o", "a.mp4", "--nonsense"], 64),
            (["still", "-o", "a.png", "--samples=17"], 64),
            (["batch", "a.jsonl", "-o", "out", "--memory-limit", "99999999999G"], 64),
        ] as [([String], Int32)])
    func refusesWithTheContractsExitStatusAndOneLineOfJSON(_ arguments: [String], _ expected: Int32) throws {
        let (status, error) = try run(arguments + ["--json"])
        #expect(status == expected)
        let lines = error.split(separator: "\n")
        #expect(lines.count == 1)
        let object = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any]
        #expect((object?["code"] as? String)?.hasPrefix("E0") == true)
        #expect(object?["message"] is String)
        #expect(object?["recoverable"] is Bool)
    }

    @Test func whatAClipIsMadeFromIsNotOverwritten() throws {
        let text = folder.file("talk.json")
        let timings = Data(#"{"phones":[{"start":0,"end":0.1,"phone":"m"}]}"#.utf8)
        try timings.write(to: URL(fileURLWithPath: text))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link.json", withDestinationPath: text)
        for name in ["talk.json", "./talk.json", "link.json"] {
            let (status, error) = try run(["curves", "--timings", "talk.json", "-o", name])
            #expect(status == 64)
            #expect(error.contains("timings"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: text)) == timings)
    }

    /// Foundation's way to a file's folder traps on names of one letter.
    @Test func aNameOfOneLetterIsAName() throws {
        let (status, error) = try run(["curves", "Hi.", "--format", "csv", "-o", "q"])
        #expect(status == 0, "\(error)")
        #expect(try run(["still", "--size", "32x32", "-o", "x"]).status == 0)
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["q", "x"])
    }

    @Test func aStillReplacesNoDeviceAndFollowsALink() throws {
        let pipe = folder.path + "/pipe.png"
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(try run(["still", "--size", "32x32", "-o", "pipe.png"]).status == 73)
        var status = stat()
        #expect(lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        try Data().write(to: URL(fileURLWithPath: folder.path + "/real.png"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link.png", withDestinationPath: "real.png")
        #expect(try run(["still", "--size", "32x32", "-o", "link.png"]).status == 0)
        #expect(lstat(folder.path + "/link.png", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/real.png")).count > 100)
        #expect(try run(["still", "--size", "32x32", "-o", "x.jpg"]).status == 64)
    }

    @Test func `a result goes where a link leads, though nothing is there yet`() throws {
        for (link, target) in [("later.csv", "real.csv"), ("one.csv", "two.csv"), ("two.csv", "one.csv")] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.file(link), withDestinationPath: target)
        }
        #expect(try run(["curves", "Hi.", "-o", "later.csv"]).status == 0)
        var status = stat()
        #expect(lstat(folder.file("later.csv"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(lstat(folder.file("real.csv"), &status) == 0 && status.st_mode & S_IFMT == S_IFREG)
        let (code, error) = try run(["curves", "Hi.", "-o", "one.csv"])
        #expect(code == 73)
        #expect(error.contains("loop"), "\(error)")
        #expect(lstat(folder.file("one.csv"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }

    @Test(arguments: [
        ["still", "/dev/zero", "-o", "a.png"], ["still", "--mapping", "/dev/zero", "-o", "a.png"],
        ["still", "--background", "/dev/zero", "--size", "32x32", "-o", "a.png"],
        ["still", "--environment", "/dev/zero", "--size", "32x32", "-o", "a.png"],
        ["render", "Hi.", "--overlay", "/dev/zero", "--size", "64x36", "-o", "a.mp4"],
        ["render", "Hi.", "--music", "/dev/zero", "--size", "64x36", "-o", "a.mp4"],
        ["render", "Hi.", "--body", "/dev/zero", "-o", "a.mp4"],
        ["render", "--audio", "/dev/zero", "-o", "a.mp4"],
        ["curves", "--timings", "/dev/zero", "-o", "a.csv"], ["golden", "check", "/dev/zero"],
        ["batch", "/dev/zero", "-o", "b", "--dry-run"], ["inspect", "/dev/zero"],
        ["avatar", "make", "--recipe", "/dev/zero", "-o", "a.glb"],
        ["serve", "--data", "d", "--config", "/dev/zero"], ["serve", "--data", "d", "--plans", "/dev/zero"],
        ["serve", "--data", "d", "--master-key-file", "/dev/zero"],
    ])
    func `a device is refused by every option that takes a file`(arguments: [String]) throws {
        let (status, error) = try run(arguments)
        #expect([64, 65, 66].contains(status))
        #expect(error.contains("/dev/zero' is a device, not a file; "), "\(error)")
    }

    @Test func `glasses without a kind are round ones`() throws {
        let make = ["avatar", "make", "--like", "ada", "--hair", "curly"]
        for (arguments, file) in [
            (["--glasses", "-o", "a.glb"], "a.glb"), (["-o", "b.glb", "--glasses"], "b.glb"),
            (["--glasses", "round", "-o", "c.glb"], "c.glb"),
        ] {
            let (status, error) = try run(make + arguments)
            #expect(status == 0, "\(error)")
            let made = FileManager.default.contents(atPath: folder.file(file))
            #expect(made != nil && made == FileManager.default.contents(atPath: folder.file("a.glb")))
        }
    }

    /// With a little more address space than its libraries take the program once waited for ever or ended by a signal.
    @Test(arguments: [
        (480_000, "inspect ada"), (480_000, "curves Hi. -o a.csv"), (480_000, "serve --port 0 --data d"),
        (800_000, "still --size 64x36 -o a.png"), (800_000, "render Hi. --size 64x36 -o a.mp4"),
    ])
    func `too little address space is said before anything is done`(kibibytes: Int, command: String) throws {
        let shell = try Program.run(
            shell: "ulimit -v \(kibibytes); exec \"$0\" \(command)", in: folder.path)
        #expect(shell.status == 69)
        #expect(shell.error.contains("E082") && shell.error.contains("ulimit -v"), "\(shell.error)")
    }

    /// Six million vertices, none of which the file holds: enough to start, but not to draw them.
    @Test(arguments: ["", " --json"])
    func `address space that runs out later is said too`(json: String) throws {
        try folder.write(
            #"{"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}], "#
                + #""meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}], "accessors": [{"count": 6000000, "#
                + #""componentType": 5126, "type": "VEC3", "min": [0, 0, 0], "max": [0, 0, 0]}]}"#,
            to: "large.gltf")
        let shell = try Program.run(
            shell: "ulimit -v 1000000; exec \"$0\" still large.gltf --size 64x64 -o a.png\(json)",
            in: folder.path)
        #expect(shell.status == 69)
        #expect(shell.error.contains("E082") && shell.error.contains("ulimit -v"), "\(shell.error)")
    }

    @Test func `a misspelt command is answered with the nearest one`() throws {
        let (status, error) = try run(["rendr", "Hi.", "-o", "a.mp4"])
        #expect(status == 64)
        #expect(error.contains("did you mean 'render'?"), "\(error)")
    }

    /// Standard output's number once went to the next file that was opened, which got what was meant for it.
    @Test func `a closed standard output is an error and no other file's number`() throws {
        try folder.write("Hello.", to: "text.txt")
        for options in ["-o -", "-o a.mp4 --json"] {
            let shell = try Program.run(
                shell: "\"$0\" render --text-file text.txt --size 64x36 \(options) >&-", in: folder.path)
            #expect(shell.status == 73)
            #expect(shell.error.contains("Bad file descriptor"), "\(shell.error)")
        }
        #expect(try String(contentsOfFile: folder.file("text.txt"), encoding: .utf8) == "Hello.")
    }

    @Test(arguments: [["voices"], ["avatars"], ["inspect", "ada"], ["doctor"]])
    func `a list whose reader has seen enough ends without a word`(arguments: [String]) throws {
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let (status, error) = try run(arguments, output: pipe.fileHandleForWriting)
        #expect(status == 141)
        #expect(error == "")
    }

    @Test(arguments: [["version"], ["-v"], ["--version"]])
    func `the version is found by those who guess`(arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.status == 0)
        #expect(result.text.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil)
    }

    @Test func `a command can be called by its other name`() throws {
        #expect(try Program.run(["list"]).text == Program.run(["avatars"]).text)
    }

    @Test(
        arguments: [
            (
                ["render", "Hello", "world", "-o", "a.mp4"], 64,
                "'world'; put a text of several words in quotes"
            ),
            (["render", "-5 degrees", "-o", "a.mp4"], 64, "last, after --"),
            (
                ["render", "Hi.", "-o", "a.mp4", "--fps", "0"], 64,
                "E071 INVALID_CONFIG: The value '0' is invalid"
            ),
            (["render", "-o", "a.mp4"], 64, "--text-file FILE (- for standard input)"),
            (["render", "Hi.", "--avatar", "-", "-o", "a.mp4"], 66, "cannot be read from standard input"),
            (["render", "Hi.", "--voice", "piper", "-o", "a.mp4"], 66, "'piper' is an engine"),
            (
                ["render", "Hi.", "--size", "64x36", "--overlay", "no.png", "-o", "a.mp4"], 66,
                "the overlay 'no.png' does not exist; check its name"
            ),
            (["render", "Hi.", "--background", "no.png", "-o", "a.mp4"], 66, "nor a file"),
            (["still", "--environment", "no.hdr", "-o", "a.png"], 66, "there is no environment"),
            (["helpp"], 64, "did you mean 'help'?"),
            (["render", "Hi.", "--qiet"], 64, "'--qiet'. Did you mean '--quiet'?\n"),
            (["render", "Hi.", "--bg", "red"], 64, "Did you mean '--background'?"),
            (["render", "Hi.", "--width", "64"], 64, "Did you mean '--size'?"),
            (["render", "Hi.", "--zzz"], 64, "Unknown option '--zzz'\n"),
            (["voices", "--bg"], 64, "Unknown option '--bg'\n"),
            (["render", "--text", "Hi."], 64, "give the text without an option, in quotes"),
            (["render", "Hi.", "--format", "gif"], 64, "as in -o clip.webm"),
            (["golden", "chek", "a.json"], 64, "did you mean 'golden check'?"),
            (["avatar", "sho", "ada"], 64, "did you mean 'avatar show'?"),
            (["key", "lst"], 64, "those of key are create, list, revoke"),
            (["batch", "/dev/null", "-o", "out"], 64, "is a device"),
            (["batch", "empty.jsonl", "-o", "out"], 0, "no job"),
            (["batch", "empty.jsonl", "-o", "empty.jsonl/out"], 66, "Not a directory; choose another"),
            (["voices", "--language", "xx"], 0, "no voice speaks 'xx'"),
        ] as [([String], Int32, String)])
    func `a stranger's mistake is answered with what to do`(
        _ arguments: [String], _ expected: Int32, _ words: String
    ) throws {
        try folder.write("", to: "empty.jsonl")
        let (status, error) = try run(arguments)
        #expect(status == expected)
        #expect(error.contains(words), "\(error)")
    }

    @Test func `a name with a line end stays in its line`() throws {
        let (status, error) = try run(["render", "Hi.", "--size", "64x36", "-o", "a\nwarning: b.mp4"])
        #expect(status == 0)
        #expect(error.hasPrefix("a\\u{A}warning: b.mp4: "), "\(error)")
    }

    @Test(arguments: [
        "render", "batch", "still", "curves", "inspect", "golden", "golden check", "golden record",
        "golden report",
        "doctor", "voices", "avatars", "avatar", "avatar show", "avatar make", "serve", "account", "key",
        "plan", "master-key",
    ])
    func `the examples in the help can be copied at 80 columns`(command: String) throws {
        let help = try Program.run(command.split(separator: " ").map(String.init) + ["--help"]).text
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("EXAMPLES") || $0.hasPrefix("  EXAMPLES") })
        var continues = false
        var count = 0
        for line in lines[(start + 1)...].prefix(while: { $0.contains(where: { !$0.isWhitespace }) }) {
            let text = line.drop { $0 == " " }
            #expect(line.count <= 80)
            if !continues {
                #expect(text.hasPrefix("avatarium ") || text.contains("| avatarium "), "\(line)")
                count += 1
            }
            continues = text.hasSuffix("\\")
        }
        #expect(count > 0)
    }

    @Test func `the help lists the values and the defaults of options`() throws {
        let help = try Program.run(["render", "--help"]).text
        let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for text in [
            "values: aces, neutral, none", "values: face, bust, waist, body", "values: draft, standard, high",
            "(default: 1280x720)", "(default: ada)", "(default: 30)", "(default: #d9dee4)",
        ] { #expect(words.contains(text), "\(text)") }
    }

    @Test func `quiet leaves nothing but the file`() throws {
        let result = try Program.run(
            ["render", "Hi.", "--size", "64x36", "-o", "a.mp4", "--quiet"], in: folder.path)
        #expect(result.status == 0)
        #expect(result.error == "" && result.output.isEmpty)
        #expect(folder.exists("a.mp4"))
    }

    /// Names from a model went to the terminal as they came, and one of 3 MB made a line of 3 MB.
    @Test func `control characters of a file do not reach the terminal and messages are bounded`() throws {
        let name = "\\u001b[31mred" + String(repeating: "x", count: 200_000)
        try folder.write(
            """
            {"asset": {"version": "2.0", "generator": "\(name)"}, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "\(name)": 7}}]}],
            "accessors": [{"componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [0, 0, 0]}]}
            """, to: "m.gltf")
        for arguments in [["inspect", "m.gltf"], ["still", "m.gltf", "-o", "m.png"]] {
            let result = try Program.run(arguments, in: folder.path)
            let text = result.text + result.error
            #expect(!text.utf8.contains(0x1B))
            #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count < 20_000 })
        }
    }

    /// U+009B is CSI in terminals of eight bits, U+202E turns the text after it around.
    @Test func `no command shows the control characters of names`() throws {
        let name = "\u{1B}]0;owned\u{7}\u{9B}31m\u{202E}gpj\n.glb"
        for arguments in [
            ["render", "Hi.", "--avatar", name, "-o", "a.mp4"],
            ["render", "--text-file", name, "-o", "a.mp4"],
            ["render", "--audio", name, "-o", "a.mp4"], ["render", "Hi.", "--voice", name, "-o", "a.mp4"],
            ["render", "Hi.", "--mapping", name, "-o", "a.mp4"],
            ["render", "Hi.", "--size", name, "-o", "a.mp4"],
            ["render", "Hi.", "--background", name, "-o", "a.mp4"], ["render", "Hi.", "--\(name)"],
            ["render", "Hi.", "-o", "\(name)/a.mp4"], ["curves", "--timings", name, "-o", "a.csv"],
            ["still", name, "-o", "a.png"], ["still", "--environment", name, "-o", "a.png"],
            ["inspect", name], ["batch", name, "-o", "out"], ["golden", "check", name], [name],
            ["voices", "--language", name], ["avatars", "--models", name],
        ] {
            for json in [[], ["--json"]] {
                let result = try Program.run(arguments + json, in: folder.path)
                let text = result.text + result.error
                let shown = text.unicodeScalars.filter {
                    $0 != "\n" && $0 != "\t" && [.control, .format].contains($0.properties.generalCategory)
                }
                #expect(shown.isEmpty, "\(arguments): \(text.debugDescription)")
            }
        }
    }

    @Test(arguments: [
        (["--camera-orbit", "0,90,1000000000"], true), (["--camera-target", "0,900,0"], true),
        (["--place", "2,0"], true), (["--camera-orbit", "20,auto,auto"], false), (["--scale", "0.5"], false),
        (["--place", "0.2,0.1"], false), (["--camera-orbit", "0,90,20"], false),
    ])
    func `a camera that sees nothing of the avatar is said`(options: [String], isSaid: Bool) throws {
        let (status, error) = try run(["still", "--size", "48x32", "-o", "a.png"] + options)
        #expect(status == 0)
        #expect(error.contains("the avatar is out of the picture") == isSaid, "\(error)")
    }

    @Test func `default options go before those of the command line`() throws {
        try folder.write(
            #"{"still": {"size": "48x32", "samples": 1, "json": true}, "render": {"rate": 2}}"#,
            to: "defaults.json")
        let environment = ["AVATARIUM_DEFAULTS": folder.file("defaults.json")]
        func still(_ options: [String]) throws -> String {
            let result = try Program.run(
                ["still", "-o", "a.png"] + options, in: folder.path, environment: environment)
            #expect(result.status == 0, "\(result.error)")
            return result.text
        }
        #expect(try still([]).contains(#""size":"48x32""#))
        #expect(try still(["--size", "32x48"]).contains(#""size":"32x48""#))
    }

    @Test(arguments: [
        (#"{"stil": {}}"#, 65, "/stil"), (#"{"still": {"size": {}}}"#, 65, "/still/size"),
        ("[", 65, "not JSON"),
        (#"{"still": {"sise": "1x1"}}"#, 64, "the default options of still are wrong"),
        (#"{"still": 1}"#, 65, "/still"),
    ])
    func `a file of default options that is wrong is refused`(text: String, status: Int, words: String) throws
    {
        try folder.write(text, to: "defaults.json")
        let result = try Program.run(
            ["still", "-o", "a.png"], in: folder.path,
            environment: ["AVATARIUM_DEFAULTS": folder.file("defaults.json")])
        #expect(Int(result.status) == status)
        #expect(result.error.contains(words), "\(result.error)")
    }

    @Test func `a still turns about what the camera frames`() throws {
        let result = try Program.run(
            ["still", "--size", "64x64", "--camera-orbit", "auto,auto,auto", "-o", "turned.png"],
            in: folder.path)
        #expect(result.status == 0, "\(result.error)")
        #expect(try run(["still", "--size", "64x64", "-o", "framed.png"]).status == 0)
        let turned = try Data(contentsOf: URL(fileURLWithPath: folder.file("turned.png")))
        #expect(turned.count > 100)
    }

    /// Named pipes without a writer blocked for ever.
    @Test(arguments: [
        ["render", "--audio", "pipe", "-o", "a.mp4"], ["render", "--text-file", "pipe", "-o", "a.mp4"],
        ["still", "--mapping", "pipe", "-o", "a.png"], ["curves", "--timings", "pipe", "-o", "a.csv"],
    ])
    func `a named pipe is refused`(_ arguments: [String]) throws {
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        let (status, error) = try run(arguments)
        #expect(status != 0)
        #expect(error.contains("'pipe' is a pipe, not a file"), "\(error)")
    }

    @Test func aTextureThatCannotBeReadIsSaid() throws {
        let model = """
            {"asset": {"version": "2.0"}, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "material": 0}]}],
            "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
            "textures": [{"source": 0}], "images": [{"uri": "data:image/png;base64,bm8gcGljdHVyZQ=="}],
            "accessors": [{"componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [0, 0, 0]},
            {"componentType": 5126, "count": 3, "type": "VEC2"}]}
            """
        try Data(model.utf8).write(to: URL(fileURLWithPath: folder.path + "/m.gltf"))
        let (status, error) = try run(["still", "m.gltf", "--size", "32x32", "-o", "m.png"])
        #expect(status == 0)
        #expect(error.contains("IMAGE_DATA_INVALID"))
    }
}

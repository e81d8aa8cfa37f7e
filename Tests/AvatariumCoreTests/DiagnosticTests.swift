import AvatariumCore
import Testing

struct DiagnosticTests {
    @Test func manyOfAKindAreOneLine() {
        let list = [
            Diagnostic(.warning, "A", pointer: "/x/0", "odd"), Diagnostic(.error, "B", "bad"),
            Diagnostic(.warning, "A", pointer: "/x/1", "odd"),
            Diagnostic(.warning, "A", pointer: "/x/2", "odd"),
        ]
        #expect(list.brief == ["warning A at /x/0: odd (and 2 more of the kind)", "error B at /: bad"])
        #expect([Diagnostic]().brief == [])
    }
}

/// Text built as bytes: curves are millions of numbers, and five decimals of each are enough.
struct DecimalText {
    private(set) var bytes: [UInt8] = []

    init(reserving count: Int = 0) { bytes.reserveCapacity(count) }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Up to `digits` decimals, all of them written; no minus on zero; what is not finite becomes 0.
    mutating func add(_ value: Double, digits: Int = 5) {
        let scale = [1.0, 10, 100, 1000, 10_000, 100_000, 1_000_000][min(max(digits, 0), 6)]
        let scaled = (value * scale).rounded()
        let units = scaled.isFinite ? Int(min(max(scaled, -1e15), 1e15)) : 0
        if units < 0 { bytes.append(UInt8(ascii: "-")) }
        var divisor = Int(scale)
        bytes.append(contentsOf: String(abs(units) / divisor).utf8)
        if digits > 0 { bytes.append(UInt8(ascii: ".")) }
        var rest = abs(units) % divisor
        while divisor > 1 {
            divisor /= 10
            bytes.append(UInt8(ascii: "0") + UInt8(rest / divisor))
            rest %= divisor
        }
    }

    /// Numbers with a separator between them.
    mutating func add(_ values: some Sequence<Float>, separator: String = ",") {
        var isFirst = true
        for value in values {
            if !isFirst { add(separator) }
            isFirst = false
            add(Double(value))
        }
    }
}

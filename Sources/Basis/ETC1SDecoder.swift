import AvatariumCore

/// Decodes a BasisLZ-compressed ETC1S texture (KTX 2.0, "BasisLZ", ETC1S slice decoding).
enum ETC1SDecoder {
    static func decode(_ container: KTX2Container) throws(ImageError) -> PixelBuffer {
        let books = try ETC1SCodebooks(container.globalData, levelSize: container.level.count)
        guard let slice = books.slices.first, !slice.isPredicted else {
            throw ImageError(.unsupported, "the KTX2 texture is a video")
        }
        var pixels = PixelBuffer(width: container.width, height: container.height)
        func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> {
            let start = container.level.startIndex
            return container.level[start + range.lowerBound..<start + range.upperBound]
        }
        let color = try blocks(bytes(slice.rgb), books, container)
        paint(color, books, container, into: &pixels.bytes) { out, at, rgb in
            out[at] = rgb.x
            out[at + 1] = rgb.y
            out[at + 2] = rgb.z
            out[at + 3] = 255
        }
        if !slice.alpha.isEmpty {
            // The second slice is alpha, or green where the first is red alone (channel 4, GGG).
            let target = container.channels.count > 1 && container.channels[1] == 4 ? 1 : 3
            let second = try blocks(bytes(slice.alpha), books, container)
            paint(second, books, container, into: &pixels.bytes) { out, at, rgb in out[at + target] = rgb.y }
        }
        return pixels
    }

    struct Block {
        var endpoint: UInt16
        var selector: UInt16
    }

    /// The palette indices of every block of a slice, in rows.
    private static func blocks(
        _ bytes: ArraySlice<UInt8>, _ books: ETC1SCodebooks, _ container: KTX2Container
    ) throws(ImageError) -> [Block] {
        let (across, down) = (container.blocksAcross, container.blocksDown)
        var bits = BitReader(bytes)
        var predictors = EndpointPredictors(across: across)
        var selectors = SelectorHistory(books)
        var out = [Block](repeating: Block(endpoint: 0, selector: 0), count: across * down)
        var previous = 0
        for y in 0..<down {
            for x in 0..<across {
                let at = y * across + x
                switch try predictors.next(x: x, y: y, &bits, books.endpointPredictors) {
                case 0 where x > 0: break
                case 1 where y > 0: previous = Int(out[at - across].endpoint)
                case 2 where x > 0 && y > 0: previous = Int(out[at - across - 1].endpoint)
                case 3:
                    previous += try books.endpointDeltas.decode(&bits)
                    if previous >= books.endpoints.count { previous -= books.endpoints.count }
                default: throw damaged
                }
                guard previous < books.endpoints.count else { throw damaged }
                let selector = try selectors.next(&bits, books, blockCount: out.count)
                out[at] = Block(endpoint: UInt16(previous), selector: UInt16(selector))
            }
        }
        return out
    }

    static let damaged = ImageError(.invalid, "the KTX2 texture's ETC1S data is damaged")

    /// ETC1's intensity modifiers, darkest first.
    private static let modifiers: [SIMD4<Int>] = [
        SIMD4(-8, -2, 2, 8), SIMD4(-17, -5, 5, 17), SIMD4(-29, -9, 9, 29), SIMD4(-42, -13, 13, 42),
        SIMD4(-60, -18, 18, 60), SIMD4(-80, -24, 24, 80), SIMD4(-106, -33, 33, 106),
        SIMD4(-183, -47, 47, 183),
    ]

    private static func paint(
        _ blocks: [Block], _ books: ETC1SCodebooks, _ container: KTX2Container, into bytes: inout [UInt8],
        write: (UnsafeMutableBufferPointer<UInt8>, Int, SIMD4<UInt8>) -> Void
    ) {
        // The four colours of every endpoint, once.
        let palette = books.endpoints.flatMap { endpoint in
            (0..<4).map { s in
                var color = SIMD4<UInt8>(0, 0, 0, 255)
                for c in 0..<3 {
                    let base = Int(endpoint[c]) << 3 | Int(endpoint[c]) >> 2
                    color[c] = UInt8(min(255, max(0, base + modifiers[Int(endpoint.w)][s])))
                }
                return color
            }
        }
        let (width, height, across) = (container.width, container.height, container.blocksAcross)
        bytes.withUnsafeMutableBufferPointer { out in
            for (i, block) in blocks.enumerated() {
                let selectors = books.selectors[Int(block.selector)]
                let (left, top) = (i % across * 4, i / across * 4)
                for y in 0..<min(4, height - top) {
                    for x in 0..<min(4, width - left) {
                        let s = Int(selectors >> UInt32(y * 8 + x * 2) & 3)
                        write(out, ((top + y) * width + left + x) * 4, palette[Int(block.endpoint) * 4 + s])
                    }
                }
            }
        }
    }
}

/// How each block's endpoint follows from its neighbours: one symbol holds four two-bit codes, for the blocks of
/// a 2x2 square.
private struct EndpointPredictors {
    /// For the odd row below: the upper four bits of each square's symbol.
    private var below: [UInt8]
    private var current = 0
    private var previousSymbol = 0
    private var repeats = 0

    init(across: Int) { below = [UInt8](repeating: 0, count: (across + 1) / 2) }

    /// 0 left, 1 above, 2 above left, 3 a coded difference.
    mutating func next(x: Int, y: Int, _ bits: inout BitReader, _ table: HuffmanTable) throws(ImageError)
        -> Int
    {
        if x & 1 == 0 {
            if y & 1 == 1 {
                current = Int(below[x >> 1])
            } else {
                if repeats > 0 {
                    repeats -= 1
                } else {
                    let symbol = try table.decode(&bits)
                    if symbol == 256 {
                        repeats = bits.readVariableLength(4) + 3 - 1
                    } else {
                        previousSymbol = symbol
                    }
                }
                current = previousSymbol
                below[x >> 1] = UInt8(truncatingIfNeeded: current >> 4)
            }
        }
        defer { current >>= 2 }
        return current & 3
    }
}

/// Selector indices: new ones, ones of an approximate move-to-front list, and runs of that list's head.
private struct SelectorHistory {
    private var values: [UInt16]
    private var rover: Int
    private var run = 0

    init(_ books: ETC1SCodebooks) {
        values = [UInt16](repeating: 0, count: books.historySize)
        rover = books.historySize / 2
    }

    mutating func next(_ bits: inout BitReader, _ books: ETC1SCodebooks, blockCount: Int) throws(ImageError)
        -> Int
    {
        let count = books.selectors.count
        var symbol = count
        if run > 0 {
            run -= 1
        } else {
            symbol = try books.selectorSymbols.decode(&bits)
            if symbol == count + values.count {
                let code = try books.selectorRuns.decode(&bits)
                run = (code == 63 ? bits.readVariableLength(7) : code) + 3 - 1
                guard run < blockCount else { throw ETC1SDecoder.damaged }
                symbol = count
            }
        }
        guard symbol >= count else {
            add(symbol)
            return symbol
        }
        let at = symbol - count
        guard at < values.count, values[at] < count else { throw ETC1SDecoder.damaged }
        let selector = Int(values[at])
        if at > 0 { values.swapAt(at, at / 2) }
        return selector
    }

    private mutating func add(_ selector: Int) {
        guard !values.isEmpty else { return }
        values[rover] = UInt16(truncatingIfNeeded: selector)
        rover += 1
        if rover == values.count { rover = values.count / 2 }
    }
}

import AvatariumCore
import GoldenImages
import Testing

/// Our metrics against other people's: FLIP of PyPI's flip-evaluator 1.7 (NVIDIA's own code) and SSIM of
/// scikit-image 0.26 (`gaussian_weights`, sigma 1.5, population covariance), on pictures that `TestPicture` makes.
struct MetricTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var expected: PixelBuffer
        var actual: PixelBuffer
        var flipMean: Double
        var flipMaximum: Float
        var similarityOfLuma: Double
        var similarityOfRGB: Double
    }

    static let pairs = [
        Pair(
            testDescription: "a ramp, lifted by 8", expected: TestPicture.ramp(),
            actual: TestPicture.ramp(lift: 8), flipMean: 0.1741186, flipMaximum: 0.1977472,
            similarityOfLuma: 0.9961256, similarityOfRGB: 0.9919596),
        Pair(
            testDescription: "squares, moved by a pixel", expected: TestPicture.squares(),
            actual: TestPicture.squares(shift: 1), flipMean: 0.2247819, flipMaximum: 0.9462048,
            similarityOfLuma: 0.6794725, similarityOfRGB: 0.6973563),
        Pair(
            testDescription: "noise and other noise", expected: TestPicture.noise(seed: 1),
            actual: TestPicture.noise(seed: 2), flipMean: 0.4437431, flipMaximum: 0.9660226,
            similarityOfLuma: 0.0207266, similarityOfRGB: 0.0006564),
        Pair(
            testDescription: "green and blue", expected: TestPicture.plain(40, 30, SIMD3(0, 255, 0)),
            actual: TestPicture.plain(40, 30, SIMD3(0, 0, 255)), flipMean: 1, flipMaximum: 1,
            similarityOfLuma: 0.3744733, similarityOfRGB: 0.3334000),
        Pair(
            testDescription: "a face without an eye", expected: TestPicture.face(),
            actual: TestPicture.face(leftEye: false), flipMean: 0.0123793, flipMaximum: 0.9353442,
            similarityOfLuma: 0.9817660, similarityOfRGB: 0.9822683),
        Pair(
            testDescription: "black and white", expected: TestPicture.plain(16, 16, SIMD3(0, 0, 0)),
            actual: TestPicture.plain(16, 16, SIMD3(255, 255, 255)), flipMean: 0.9673883,
            flipMaximum: 0.9673883, similarityOfLuma: 0.0001, similarityOfRGB: 0.0001),
    ]

    @Test(arguments: pairs) func flipAgreesWithNVIDIAsEvaluator(_ pair: Pair) throws {
        let map = try ImageComparison(expected: pair.expected, actual: pair.actual).flip()
        #expect(abs(map.mean - pair.flipMean) < 1e-5)
        #expect(abs(map.maximum - pair.flipMaximum) < 5e-5)
    }

    @Test(arguments: pairs) func similarityAgreesWithScikitImage(_ pair: Pair) throws {
        let comparison = try ImageComparison(expected: pair.expected, actual: pair.actual)
        #expect(abs(comparison.structuralSimilarity(of: .luma) - pair.similarityOfLuma) < 5e-5)
        #expect(abs(comparison.structuralSimilarity(of: .rgb) - pair.similarityOfRGB) < 5e-5)
    }

    @Test func equalImagesDifferByNothing() throws {
        let comparison = try ImageComparison(expected: TestPicture.face(), actual: TestPicture.face())
        #expect(comparison.unequalPixels == 0)
        #expect(comparison.channelDifference().maximum == SIMD4(repeating: 0))
        #expect(comparison.flip().maximum == 0)
        #expect(comparison.structuralSimilarity() == 1)
    }

    @Test func channelsAreCountedOneByOne() throws {
        let expected = TestPicture.plain(20, 10, SIMD3(100, 100, 100))
        var actual = expected
        actual[0, 0] = SIMD4(103, 100, 100, 255)
        actual[5, 5] = SIMD4(100, 90, 104, 255)
        let comparison = try ImageComparison(expected: expected, actual: actual)
        #expect(comparison.unequalPixels == 2)
        let difference = comparison.channelDifference(tolerance: 3)
        #expect(difference.maximum == SIMD4(3, 10, 4, 0))
        #expect(difference.pixelsBeyondTolerance == 1)
        #expect(difference.shareBeyondTolerance == 1.0 / 200)
        #expect(abs(difference.rms - (125.0 / 600).squareRoot()) < 1e-12)
    }

    @Test func transparencyIsSeenEvenWhereItMatchesTheBackground() throws {
        let opaque = TestPicture.plain(16, 16, SIMD3(128, 128, 128))
        let comparison = try ImageComparison(expected: opaque, actual: PixelBuffer(width: 16, height: 16))
        #expect(comparison.flip().maximum == 0)
        #expect(comparison.unequalPixels == 256)
        #expect(comparison.channelDifference(tolerance: 254).pixelsBeyondTolerance == 256)
    }

    @Test func colourOfFullyTransparentPixelsMeansNothing() throws {
        let clear = PixelBuffer(width: 16, height: 16)
        var tinted = clear
        tinted[3, 3] = SIMD4(255, 0, 0, 0)
        let comparison = try ImageComparison(expected: clear, actual: tinted)
        #expect(comparison.unequalPixels == 0)
        #expect(comparison.channelDifference().maximum == SIMD4(repeating: 0))
    }

    @Test func straightAlphaIsCompositedInEncodedColour() {
        let straight = PixelBuffer(width: 1, height: 1, bytes: [200, 100, 0, 128])
        #expect(straight.composited()[0, 0] == SIMD4(164, 114, 64, 255))
        #expect(straight.composited(over: SIMD3(0, 0, 0))[0, 0] == SIMD4(100, 50, 0, 255))
    }

    @Test func refusesImagesOfDifferentSize() throws {
        #expect {
            try ImageComparison(
                expected: PixelBuffer(width: 16, height: 16), actual: PixelBuffer(width: 16, height: 17))
        } throws: { error in
            (error as? AvatariumError)?.code == .invalidConfig && "\(error)".contains("16x17 but 16x16")
        }
    }

    @Test func aSmallWrongPartShowsInTheShareButNotInTheMean() throws {
        let pair = try #require(MetricTests.pairs.first { $0.testDescription.contains("eye") })
        let map = try ImageComparison(expected: pair.expected, actual: pair.actual).flip()
        #expect(map.mean < 0.02)
        #expect(map.share(above: 0.5) > 0.005)
    }

    @Test func heatMapRunsFromBlackToPaleYellow() throws {
        #expect(MagmaColorMap.color(0) == SIMD3(0, 0, 4))
        #expect(MagmaColorMap.color(1) == SIMD3(252, 253, 191))
        #expect(MagmaColorMap.color(.infinity) == MagmaColorMap.color(1))
        #expect(MagmaColorMap.color(.nan) == MagmaColorMap.color(0))
        let map = try ImageComparison(expected: TestPicture.face(), actual: TestPicture.face(leftEye: false))
            .flip()
        #expect(map.heatMap[0, 0] == SIMD4(0, 0, 4, 255))
        #expect(map.heatMap[82, 56].x > 200)
    }
}

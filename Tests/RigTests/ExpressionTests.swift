import AvatariumCore
import GLTF
import Rig
import Testing
import VRM

@Suite struct ExpressionTests {
    private static let names = [
        "aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft", "blinkRight", "happy", "lookUp", "lookLeft",
    ]

    /// An avatar with one morph target for each expression.
    private func model(
        _ change: (inout AvatarModel) -> Void = { _ in }
    ) -> AvatarModel {
        let document = Fixture.document([], targets: ExpressionTests.names.map { "m_\($0)" })
        var model = AvatarModel(document: document)
        model.dialect = .vrm1
        model.expressions = ExpressionTests.names.enumerated().map { i, name in
            var expression = Expression(name: name, role: ExpressionPreset(rawValue: name))
            expression.morphs = [MorphTarget(node: 0, target: i)]
            return expression
        }
        change(&model)
        return model
    }

    private func weights(
        _ model: AvatarModel, _ frame: FaceFrame, _ overrides: PoseOverrides = PoseOverrides()
    ) -> [String: Float] {
        var rig = AvatarRig(model: model)
        let weights = rig.pose(frame, timeSeconds: 0, overrides: overrides).morphWeights[0]
        return Dictionary(
            uniqueKeysWithValues: zip(ExpressionTests.names, weights).filter { $0.1 != 0 })
    }

    private func index(_ name: String) -> Int { ExpressionTests.names.firstIndex(of: name) ?? 0 }

    @Test func anEmotionThatNothingCanShowIsSaid() {
        let rig = AvatarRig(model: model())
        #expect(rig.warnings(for: [.happy]).isEmpty)
        let blinks = AvatarRig(
            model: model { $0.face.arkit[.eyeBlinkLeft] = [MorphTarget(node: 0, target: 5)] })
        let warnings = blinks.warnings(for: [.surprised, .happy, .surprised])
        #expect(warnings.map(\.code) == ["AVATAR_EMOTION_NOT_SHOWN"])
        #expect(
            warnings[0].message.contains("surprised") && warnings[0].message.contains("it can show happy"))
        let shaped = AvatarRig(
            model: model { $0.face.arkit[.browInnerUp] = [MorphTarget(node: 0, target: 0)] })
        #expect(shaped.warnings(for: Emotion.allCases).isEmpty)
    }

    @Test func speaksWithTheTwoStrongestVowels() {
        var frame = FaceFrame()
        frame[.aa] = 0.6
        frame[.O] = 0.3
        frame[.I] = 0.1
        let found = weights(model(), frame)
        #expect(Set(found.keys) == ["aa", "oh"])
        #expect((found["aa"] ?? 0) > (found["oh"] ?? 0))
        #expect(found.values.reduce(0, +) <= 1.001)
    }

    @Test func consonantsArePartlyClosedVowels() {
        for viseme in [OculusViseme.DD, .kk, .CH, .SS, .nn, .RR, .TH, .FF] {
            var frame = FaceFrame()
            frame[viseme] = 1
            let sum = weights(model(), frame).values.reduce(0, +)
            #expect(sum > 0.1 && sum < 0.6, "\(viseme.name)")
        }
    }

    @Test func lipsThatMeetCloseWhateverVowelIsFading() {
        var frame = FaceFrame()
        frame[.PP] = 1
        frame[.aa] = 0.5
        #expect(weights(model(), frame).isEmpty)
    }

    @Test func vowelsGiveWayWithoutAJump() {
        var last: [Float] = []
        for step in 0...200 {
            let t = Float(step) / 200
            var frame = FaceFrame()
            frame[.aa] = 1 - t
            frame[.I] = t
            frame[.U] = 0.3
            let found = weights(model(), frame)
            let now = MouthNames.vowels.map { found[$0] ?? 0 }
            for (a, b) in zip(last, now) { #expect(abs(a - b) < 0.05) }
            last = now
        }
    }

    @Test func bothEyesBlinkByOneExpressionAndOneEyeByItsOwn() {
        var frame = FaceFrame()
        frame[.eyeBlinkLeft] = 1
        frame[.eyeBlinkRight] = 1
        #expect(weights(model(), frame) == ["blink": 1])
        frame[.eyeBlinkRight] = 0
        #expect(weights(model(), frame) == ["blinkLeft": 1])
    }

    @Test(arguments: [(Expression.Override.block, Float(0)), (.blend, 0.25), (.none, 1)])
    func expressionsOverrideBlinkingAndSpeaking(rule: Expression.Override, left: Float) {
        let model = model {
            $0.expressions[index("happy")].overrideBlink = rule
            $0.expressions[index("happy")].overrideMouth = rule
        }
        var frame = FaceFrame()
        frame[.eyeBlinkLeft] = 1
        frame[.eyeBlinkRight] = 1
        frame[.aa] = 1
        frame.emotions[Emotion.happy.rawValue] = 0.75
        let found = weights(model, frame)
        #expect(abs((found["blink"] ?? 0) - left) < 1e-5)
        #expect(abs((found["aa"] ?? 0) - left) < 1e-5)
        #expect(abs((found["happy"] ?? 0) - 0.75) < 1e-5)
    }

    @Test(arguments: ["blink", "aa", "lookLeft"])
    func aBinaryExpressionThatIsOverriddenAtAllDoesNotShow(name: String) {
        func model(_ rule: Expression.Override) -> AvatarModel {
            self.model {
                let range = LookAt.RangeMap(inputMaxValue: 90, outputScale: 1)
                $0.lookAt = LookAt(kind: .expression, range: range)
                $0.expressions[index(name)].isBinary = true
                $0.expressions[index("happy")].overrideBlink = rule
                $0.expressions[index("happy")].overrideMouth = rule
                $0.expressions[index("happy")].overrideLookAt = rule
            }
        }
        var frame = FaceFrame()
        frame[.eyeBlinkLeft] = 1
        frame[.eyeBlinkRight] = 1
        frame[.aa] = 1
        frame.gaze = SIMD2(0, 1.4)
        frame.emotions[Emotion.happy.rawValue] = 0.2
        #expect(weights(model(.none), frame)[name] == 1)
        #expect(weights(model(.blend), frame)[name] == nil)
        #expect(weights(model(.block), frame)[name] == nil)
    }

    @Test func aRuleForAnExpressionsOwnKindIsInvalid() {
        let model = model {
            $0.expressions[index("blink")].overrideBlink = .block
            $0.expressions[index("aa")].overrideMouth = .blend
            $0.expressions[index("aa")].overrideBlink = .blend
        }
        var frame = FaceFrame()
        frame[.eyeBlinkLeft] = 1
        frame[.eyeBlinkRight] = 1
        #expect(weights(model, frame) == ["blink": 1])
        frame[.aa] = 1
        #expect(weights(model, frame) == ["aa": 1])
    }

    @Test func emotionsLeaveTheMouthToSpeech() {
        // A smile made of a vowel's own target, as many VRM files have it.
        let model = model {
            $0.expressions[index("happy")].morphs += [MorphTarget(node: 0, target: index("oh"), scale: 0.5)]
        }
        var frame = FaceFrame()
        frame.emotions[Emotion.happy.rawValue] = 1
        #expect(weights(model, frame) == ["happy": 1, "oh": 0.5])
        frame[.PP] = 1
        #expect(weights(model, frame) == ["happy": 1])
    }

    @Test func binaryExpressionsSnap() {
        let model = model { $0.expressions[index("happy")].isBinary = true }
        var frame = FaceFrame()
        frame.emotions[Emotion.happy.rawValue] = 0.4
        #expect(weights(model, frame).isEmpty)
        frame.emotions[Emotion.happy.rawValue] = 0.6
        #expect(weights(model, frame) == ["happy": 1])
    }

    @Test func looksByExpressionsThroughTheRangeMap() {
        let range = LookAt.RangeMap(inputMaxValue: 45, outputScale: 0.9)
        let model = model {
            $0.lookAt = LookAt(kind: .expression, range: range)
        }
        var frame = FaceFrame()
        frame.gaze = SIMD2(-22.5, 90) * .pi / 180
        let found = weights(model, frame)
        #expect(abs((found["lookUp"] ?? 0) - 0.45) < 1e-4)
        #expect(abs((found["lookLeft"] ?? 0) - 0.9) < 1e-4)
    }

    @Test func looksByBonesThroughTheRangeMap() throws {
        let document = Fixture.document(Fixture.human())
        var model = AvatarModel(document: document)
        for (i, node) in document.nodes.enumerated() where node.mesh == nil {
            if let bone = HumanBone(rawValue: node.name ?? "") { model.humanoid[bone] = i }
        }
        var lookAt = LookAt(kind: .bone)
        lookAt.horizontalInner.outputScale = 9
        lookAt.horizontalOuter.outputScale = 18
        model.lookAt = lookAt
        var rig = AvatarRig(model: model)
        var frame = FaceFrame()
        frame.gaze.y = .pi / 4
        let pose = rig.pose(frame, timeSeconds: 0).nodeMatrices
        let rest = rig.restPose().nodeMatrices
        for (bone, degrees) in [(HumanBone.leftEye, Float(9)), (.rightEye, 4.5)] {
            let node = try #require(model.humanoid[bone])
            let inverse = try #require(rest[node].inverse)
            let turned = (pose[node] * inverse).transformDirection(SIMD3(0, 0, 1))
            #expect(abs(turned.x - sine(degrees * .pi / 180)) < 1e-4)
        }
    }

    @Test func materialBindsMoveColoursByTheirWeight() throws {
        let model = model {
            $0.document.materials = [Material()]
            $0.expressions[index("happy")].colors = [
                Expression.ColorBind(material: 0, kind: .color, target: SIMD4(1, 0, 0, 1)),
                Expression.ColorBind(material: 0, kind: .emissionColor, target: SIMD4(0.5, 0.5, 0.5, 1)),
            ]
            $0.expressions[index("happy")].textureTransforms = [
                Expression.TextureTransformBind(material: 0, scale: SIMD2(2, 2), offset: SIMD2(0.5, 0))
            ]
        }
        var rig = AvatarRig(model: model)
        var frame = FaceFrame()
        #expect(rig.pose(frame, timeSeconds: 0).materialOverrides.isEmpty)
        frame.emotions[Emotion.happy.rawValue] = 0.5
        let change = try #require(rig.pose(frame, timeSeconds: 0).materialOverrides[0])
        #expect(change.baseColor == SIMD4(1, 0.5, 0.5, 1))
        #expect(change.emissive == SIMD3(repeating: 0.25))
        #expect(change.textureScale == SIMD2(1.5, 1.5) && change.textureOffset == SIMD2(0.25, 0))
    }

    @Test func `a texture transform starts from the material's own`() throws {
        let model = model {
            var material = Material()
            material.baseColorTexture = TextureInfo(texture: 0)
            material.baseColorTexture?.uvScale = SIMD2(2, 2)
            material.baseColorTexture?.offset = SIMD2(0.1, 0.2)
            $0.document.materials = [material]
            $0.expressions[index("happy")].textureTransforms = [
                Expression.TextureTransformBind(material: 0, scale: SIMD2(4, 4), offset: SIMD2(0.5, 0.5))
            ]
        }
        var rig = AvatarRig(model: model)
        var frame = FaceFrame()
        frame.emotions[Emotion.happy.rawValue] = 0.5
        let change = try #require(rig.pose(frame, timeSeconds: 0).materialOverrides[0])
        // Half way from 2 to 4, and from (0.1, 0.2) to (0.5, 0.5), as applied after the texture's own transform.
        let scale = try #require(change.textureScale)
        let offset = try #require(change.textureOffset)
        let whole = (SIMD2<Float>(2, 2) * scale, SIMD2<Float>(0.1, 0.2) * scale + offset)
        #expect(whole.0 == SIMD2(3, 3))
        #expect(abs(whole.1.x - 0.3) < 1e-6 && abs(whole.1.y - 0.35) < 1e-6)
    }

    @Test func weightsByNameReplaceTheTrack() {
        var frame = FaceFrame()
        frame[.aa] = 1
        var overrides = PoseOverrides()
        overrides.weights = ["m_aa": 0.2, "ou": 0.3]
        let named = model { $0.face.byName["m_aa"] = [MorphTarget(node: 0, target: 0)] }
        let found = weights(named, frame, overrides)
        #expect(found["aa"] == 0.2 && found["ou"] == 0.3)
    }

    @Test func anExpressionCanBeAskedForByName() {
        var overrides = PoseOverrides()
        overrides.expression = "happy"
        overrides.expressionWeight = 0.7
        #expect(weights(model(), FaceFrame(), overrides) == ["happy": 0.7])
    }
}

enum MouthNames {
    static let vowels = ["aa", "ih", "ou", "ee", "oh"]
}

import Foundation

func exponential(_ x: Double) -> Double { exp(x) }
func errorFunction(_ x: Double) -> Double { erf(x) }
func naturalLogarithm(_ x: Double) -> Double { log(x) }

// SPDX-License-Identifier: Apache-2.0

package request

// Agora's numbers for storage services with special rules.
const (
	vendorAmazon     = 1
	vendorAlibaba    = 2
	vendorCompatible = 11
)

// lastTemporaryVendor is the last vendor that accepts temporary credentials. The first
// one is 1.
const lastTemporaryVendor = 3

// anyRegion means that a vendor has no regions, so the member has no effect.
const anyRegion = -1

// lastRegions contains the last region number of each vendor.
var lastRegions = map[int]int{
	vendorAmazon: 28, vendorAlibaba: 27, 3: 19, 5: anyRegion, 6: anyRegion, 7: 15, 8: 7, vendorCompatible: anyRegion,
}

// isVendor reports whether Agora supports a vendor.
func isVendor(vendor int) bool {
	_, ok := lastRegions[vendor]
	return ok
}

// isRegion reports whether a vendor has a region. Two of Amazon's numbers are in no
// table.
func isRegion(vendor, region int) bool {
	last := lastRegions[vendor]
	missing := vendor == vendorAmazon && (region == 26 || region == 27)
	return last == anyRegion || region <= last && !missing
}

// wrongExtensionParam returns the name of a member of extensionParams that is invalid for
// a vendor, or "" if all are valid. An empty text counts as absent.
func (b Body) wrongExtensionParam(vendor int) string {
	const name = "extensionParams"
	if !b.has(name) {
		if vendor == vendorCompatible {
			return name
		}
		return ""
	}
	parameters := b.object(name)
	if parameters == nil {
		return name
	}
	if wrong := parameters.firstWrong(oneOfTexts("sse", "", "kms", "aes256"), anyOf[string]("tag"), anyOf[string]("endpoint")); wrong != "" {
		return name + "." + wrong
	}
	sse, _ := parameters.Text("sse")
	tag, _ := parameters.Text("tag")
	endpoint, _ := parameters.Text("endpoint")
	switch {
	case sse != "" && vendor != vendorAmazon:
		return name + ".sse"
	case tag != "" && vendor != vendorAmazon && vendor != vendorAlibaba:
		return name + ".tag"
	case endpoint == "" && vendor == vendorCompatible:
		return name + ".endpoint"
	}
	return ""
}

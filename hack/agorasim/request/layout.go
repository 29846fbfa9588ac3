// SPDX-License-Identifier: Apache-2.0

package request

import (
	"net/url"
	"regexp"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// Layouts of a mix recording.
const (
	layoutFloating = 0
	layoutCustom   = 3
)

const (
	maxLayoutRegions = 17
	maxRenderMode    = 1

	// layoutPrecision is the precision of positions, which have six decimals.
	layoutPrecision = 1e-6
)

var colorPattern = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// layoutMembers returns the members of a layout. They are in the clientRequest of
// updateLayout and in the transcodingConfig of start.
func layoutMembers() []string {
	return []string{
		"mixedVideoLayout", "maxResolutionUid", "backgroundColor", "backgroundImage", "defaultUserBackgroundImage",
		"layoutConfig", "backgroundConfig",
	}
}

// layout reads a layout. Absent members get their defaults. If a member is invalid, it
// returns the member's name.
func (b Body) layout() (layout *recorder.Layout, wrong string) {
	layout = recorder.DefaultLayout()
	var ok bool
	if layout.MixedVideoLayout, ok = b.number("mixedVideoLayout", layoutFloating, layoutFloating, layoutCustom); !ok {
		return nil, "mixedVideoLayout"
	}
	for _, member := range []struct {
		name  string
		value *string
		valid func(string) bool
	}{
		{"maxResolutionUid", &layout.MaxResolutionUID, isUIDOrEmpty},
		{"backgroundColor", &layout.BackgroundColor, colorPattern.MatchString},
		{"backgroundImage", &layout.BackgroundImage, isImageURL},
		{"defaultUserBackgroundImage", &layout.DefaultUserBackgroundImage, isImageURL},
	} {
		if *member.value, ok = b.optionalText(member.name, *member.value, member.valid); !ok {
			return nil, member.name
		}
	}
	// Only a custom layout has regions, and it must have some.
	layout.LayoutConfig, ok = b.layoutRegions()
	if !ok || (len(layout.LayoutConfig) > 0) != (layout.MixedVideoLayout == layoutCustom) {
		return nil, "layoutConfig"
	}
	if layout.BackgroundConfig, ok = b.layoutBackgrounds(); !ok {
		return nil, "backgroundConfig"
	}
	return layout, ""
}

func (b Body) layoutRegions() ([]recorder.LayoutRegion, bool) {
	elements, ok := b.list("layoutConfig")
	if !ok || len(elements) > maxLayoutRegions {
		return nil, false
	}
	var regions []recorder.LayoutRegion
	for _, element := range elements {
		region, ok := element.layoutRegion()
		if !ok {
			return nil, false
		}
		regions = append(regions, region)
	}
	return regions, true
}

func (b Body) layoutRegion() (recorder.LayoutRegion, bool) {
	const required = -1 // not a fraction
	var region recorder.LayoutRegion
	for name, value := range map[string]*float64{
		"x_axis": &region.XAxis, "y_axis": &region.YAxis, "width": &region.Width, "height": &region.Height,
	} {
		var ok bool
		if *value, ok = b.fraction(name, required); !ok {
			return recorder.LayoutRegion{}, false
		}
	}
	var alphaOK, uidOK, renderOK bool
	region.Alpha, alphaOK = b.fraction("alpha", 1)
	region.UID, uidOK = b.optionalText("uid", "", isUIDOrEmpty)
	region.RenderMode, renderOK = b.number("render_mode", 0, 0, maxRenderMode)
	inside := region.XAxis+region.Width <= 1+layoutPrecision && region.YAxis+region.Height <= 1+layoutPrecision
	return region, alphaOK && uidOK && renderOK && inside
}

func (b Body) layoutBackgrounds() ([]recorder.LayoutBackground, bool) {
	elements, ok := b.list("backgroundConfig")
	if !ok {
		return nil, false
	}
	var backgrounds []recorder.LayoutBackground
	for _, element := range elements {
		uid, _ := element.Text("uid")
		image, _ := element.Text("image_url")
		render, renderOK := element.number("render_mode", 0, 0, maxRenderMode)
		if !IsUID(uid) || !isImageURL(image) || !renderOK {
			return nil, false
		}
		backgrounds = append(backgrounds, recorder.LayoutBackground{UID: uid, ImageURL: image, RenderMode: render})
	}
	return backgrounds, true
}

func isImageURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && parsed.Host != "" && (parsed.Scheme == "https" || parsed.Scheme == "http")
}

// ReadLayout reads the layout of an updateLayout request, which replaces the current one
// as a whole.
func ReadLayout(client Body) (*recorder.Layout, *Refusal) {
	if len(client) > 0 && !client.hasAny(layoutMembers()...) {
		return nil, &Refusal{CodeInvalidLayout, "clientRequest has no member of a layout"}
	}
	layout, wrong := client.layout()
	if wrong != "" {
		return nil, &Refusal{CodeInvalidLayout, "invalid " + wrong}
	}
	return layout, nil
}

// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/url"
	"regexp"
	"slices"
)

// Layouts of a mix recording.
const (
	layoutFloating = 0
	layoutCustom   = 3
)

const (
	defaultBackgroundColor = "#000000"

	maxLayoutRegions = 17
	maxRenderMode    = 1

	// layoutPrecision is that of the positions, which have six decimals.
	layoutPrecision = 1e-6
)

var colorPattern = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// Layout is how a mix recording arranges the videos, with Agora's names.
type Layout struct {
	MixedVideoLayout           int                `json:"mixedVideoLayout"`
	MaxResolutionUID           string             `json:"maxResolutionUid,omitempty"`
	BackgroundColor            string             `json:"backgroundColor"`
	BackgroundImage            string             `json:"backgroundImage,omitempty"`
	DefaultUserBackgroundImage string             `json:"defaultUserBackgroundImage,omitempty"`
	LayoutConfig               []LayoutRegion     `json:"layoutConfig,omitempty"`
	BackgroundConfig           []LayoutBackground `json:"backgroundConfig,omitempty"`
}

// LayoutRegion is where a user's video is.
type LayoutRegion struct {
	UID        string  `json:"uid,omitempty"`
	XAxis      float64 `json:"x_axis"`
	YAxis      float64 `json:"y_axis"`
	Width      float64 `json:"width"`
	Height     float64 `json:"height"`
	Alpha      float64 `json:"alpha"`
	RenderMode int     `json:"render_mode"`
}

// LayoutBackground is what is shown of a user who sends no video.
type LayoutBackground struct {
	UID        string `json:"uid"`
	ImageURL   string `json:"image_url"`
	RenderMode int    `json:"render_mode"`
}

// defaultLayout is that of a recording for which none is given.
func defaultLayout() *Layout { return &Layout{BackgroundColor: defaultBackgroundColor} }

// clone returns a copy that shares nothing.
func (l *Layout) clone() *Layout {
	if l == nil {
		return nil
	}
	copied := *l
	copied.LayoutConfig, copied.BackgroundConfig = slices.Clone(l.LayoutConfig), slices.Clone(l.BackgroundConfig)
	return &copied
}

// layoutMembers are those that stand side by side in updateLayout's
// clientRequest, and in the transcodingConfig of start.
func layoutMembers() []string {
	return []string{
		"mixedVideoLayout", "maxResolutionUid", "backgroundColor", "backgroundImage", "defaultUserBackgroundImage",
		"layoutConfig", "backgroundConfig",
	}
}

// layout reads a layout. What is left out falls back to its default. Where
// something is wrong it returns what.
func (b requestBody) layout() (layout *Layout, wrong string) {
	layout = defaultLayout()
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
	// A layout of its own consists of regions, and no other has any.
	layout.LayoutConfig, ok = b.layoutRegions()
	if !ok || (len(layout.LayoutConfig) > 0) != (layout.MixedVideoLayout == layoutCustom) {
		return nil, "layoutConfig"
	}
	if layout.BackgroundConfig, ok = b.layoutBackgrounds(); !ok {
		return nil, "backgroundConfig"
	}
	return layout, ""
}

func (b requestBody) layoutRegions() ([]LayoutRegion, bool) {
	elements, ok := b.list("layoutConfig")
	if !ok || len(elements) > maxLayoutRegions {
		return nil, false
	}
	var regions []LayoutRegion
	for _, element := range elements {
		region, ok := element.layoutRegion()
		if !ok {
			return nil, false
		}
		regions = append(regions, region)
	}
	return regions, true
}

func (b requestBody) layoutRegion() (LayoutRegion, bool) {
	var region LayoutRegion
	for name, value := range map[string]*float64{
		"x_axis": &region.XAxis, "y_axis": &region.YAxis, "width": &region.Width, "height": &region.Height,
	} {
		var ok bool
		if *value, ok = b.fraction(name); !ok {
			return LayoutRegion{}, false
		}
	}
	region.Alpha = 1
	alphaOK := true
	if _, given := b["alpha"]; given {
		region.Alpha, alphaOK = b.fraction("alpha")
	}
	var uidOK, renderOK bool
	region.UID, uidOK = b.optionalText("uid", "", isUIDOrEmpty)
	region.RenderMode, renderOK = b.number("render_mode", 0, 0, maxRenderMode)
	inside := region.XAxis+region.Width <= 1+layoutPrecision && region.YAxis+region.Height <= 1+layoutPrecision
	return region, alphaOK && uidOK && renderOK && inside
}

func (b requestBody) layoutBackgrounds() ([]LayoutBackground, bool) {
	elements, ok := b.list("backgroundConfig")
	if !ok {
		return nil, false
	}
	var backgrounds []LayoutBackground
	for _, element := range elements {
		uid, _ := element.text("uid")
		image, _ := element.text("image_url")
		render, renderOK := element.number("render_mode", 0, 0, maxRenderMode)
		if !isUID(uid) || !isImageURL(image) || !renderOK {
			return nil, false
		}
		backgrounds = append(backgrounds, LayoutBackground{uid, image, render})
	}
	return backgrounds, true
}

func isImageURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && parsed.Host != "" && (parsed.Scheme == "https" || parsed.Scheme == "http")
}

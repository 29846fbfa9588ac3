// SPDX-License-Identifier: Apache-2.0

package agorasim

// updateLayout replaces the layout of a mix recording as a whole.
func (s *Simulator) updateLayout(c *call) outcome {
	r, request, refusal := s.changeable(c)
	if refusal != nil {
		return now(refusal)
	}
	if len(request) > 0 && !request.hasAny(layoutMembers()...) {
		return now(invalidLayout("clientRequest has no member of a layout"))
	}
	layout, wrong := request.layout()
	if wrong != "" {
		return now(invalidLayout("invalid " + wrong))
	}
	return s.changed(r, func(change changing) {
		change.recorder.layout = layout
		change.recorder.updates.Layout++
	})
}

func invalidLayout(reason string) *reply { return serviceError(codeInvalidLayout, reason) }

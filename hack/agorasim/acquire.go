// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"slices"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// acquire returns a resource ID.
func (s *service) acquire(c *call) outcome {
	body, refusal := c.parse()
	if refusal != nil {
		return refused(refusal)
	}
	if slices.Contains(s.options.AppIDsWithoutRecording, c.appID) {
		// Agora documents neither an HTTP status nor a reason for it.
		return now(serviceError(codeNotEnabled, ""))
	}
	if most := s.options.MaxRecordings; most > 0 && s.runningFor(c.appID) >= most {
		return now(serviceError(codeOverloaded, "vendor_over_load"))
	}
	wanted, refusal := request.ReadAcquire(body)
	if refusal != nil {
		return refused(refusal)
	}
	acquired := &resource{
		id:         newResourceID(),
		task:       recorder.Task{AppID: c.appID, CName: body.CName, UID: body.UID},
		Acquire:    wanted,
		acquiredAt: s.clock.Now(),
	}
	if wanted.Web {
		acquired.mode = recorder.ModeWeb
	}
	s.resources[acquired.id] = acquired
	return now(jsonReply(http.StatusOK, serviceBody{CName: body.CName, UID: body.UID, ResourceID: acquired.id}))
}

// SPDX-License-Identifier: Apache-2.0

package agorasim

import "net/http"

// find returns the recorder that a call names, or what the service says where
// there is none that it can reach.
func (s *Simulator) find(c *call) (*recorder, *reply) {
	at := s.backstage.present()
	known, ok := s.resources[c.resourceID]
	switch {
	case !ok && len(c.resourceID) < shortestResourceID:
		return nil, serviceError(codeUnknownResource, "resource ID cannot be decoded")
	case !ok:
		return nil, workerNotFound(c)
	case known.task.appID != c.appID || known.sid != c.sid:
		return nil, serviceError(codeWrongSID, "appid or sid does not match the resource ID")
	}
	r := s.recorders[c.sid]
	if r == nil || r.mode != c.mode || !r.found(at) {
		return nil, workerNotFound(c)
	}
	if at.After(r.refusedAfter) {
		return nil, serviceError(codeResourceExpired, "resource expired")
	}
	return r, nil
}

func workerNotFound(c *call) *reply {
	return jsonReply(http.StatusNotFound, serviceBody{
		ResourceID: c.resourceID, SID: c.sid, Code: codeNotFound, Reason: "failed to find worker",
	})
}

// about returns a body with the recorder's identity.
func (r *recorder) about() serviceBody {
	return serviceBody{CName: r.cname, UID: r.uid, ResourceID: r.resourceID, SID: r.sid}
}

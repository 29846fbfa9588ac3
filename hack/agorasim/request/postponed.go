// SPDX-License-Identifier: Apache-2.0

package request

import "cloudrecording.dev/operator/hack/agorasim/recorder"

// policyPostpone transcodes a recording after its end. Only Agora's older pages describe
// it.
const policyPostpone = "postpone_transcoding"

// configurePostponed reads appsCollection. The policy of postponed transcoding needs a
// resource that was acquired for it.
func configurePostponed(postponed bool) func(*recorder.Recorder, Body) *Refusal {
	return func(r *recorder.Recorder, request Body) *Refusal {
		if r.Mode != recorder.ModeIndividual {
			return nil
		}
		rule := anObject("appsCollection", oneOfTexts("combinationPolicy", "default", policyPostpone))
		if request.firstWrong(rule) != "" {
			return invalid("appsCollection: invalid combinationPolicy")
		}
		if policy, _ := request.object("appsCollection").Text("combinationPolicy"); policy == policyPostpone && !postponed {
			return invalid("appsCollection: postpone_transcoding needs scene 2")
		}
		return nil
	}
}

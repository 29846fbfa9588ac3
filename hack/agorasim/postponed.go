// SPDX-License-Identifier: Apache-2.0

package agorasim

// policyPostpone has a recording transcoded after its end, which Agora's older
// pages tell of.
const policyPostpone = "postpone_transcoding"

// configurePostponed reads appsCollection, whose policy needs a resource that was
// acquired for it.
func configurePostponed(used *resource) func(*recorder, requestBody) *reply {
	return func(r *recorder, request requestBody) *reply {
		if r.mode != ModeIndividual {
			return nil
		}
		rule := anObject("appsCollection", oneOfTexts("combinationPolicy", "default", policyPostpone))
		if request.firstWrong(rule) != "" {
			return invalidParameter("appsCollection: invalid combinationPolicy")
		}
		if policy, _ := request.object("appsCollection").text("combinationPolicy"); policy == policyPostpone && !used.postponed {
			return invalidParameter("appsCollection: postpone_transcoding needs scene 2")
		}
		return nil
	}
}

// SPDX-License-Identifier: Apache-2.0

package agorasim

import "slices"

// Configuration is what a recording goes by: what start asked for, as update
// and updateLayout have changed it. JSON has no secret of it.
type Configuration struct {
	// Region is the region that acquire keeps the recording in; empty for any.
	Region string `json:"region,omitempty"`
	// Subscription is whose streams are recorded.
	Subscription Subscription `json:"subscription,omitzero"`
	// Layout is that of a mix recording.
	Layout *Layout `json:"layout,omitempty"`
	// VideoProfile is that of a mix recording.
	VideoProfile *VideoProfile `json:"videoProfile,omitempty"`
	// Onhold says whether a web page recording is paused.
	Onhold bool `json:"onhold,omitempty"`
	// Outputs are where a web page recording is pushed to.
	Outputs []RTMPOutput `json:"outputs,omitempty"`
	// Storage is where the files go; zero for a recording that was added.
	Storage StorageConfig `json:"storage,omitzero"`
}

func (r *recorder) configuration() Configuration {
	return Configuration{
		Region: r.region, VideoProfile: r.video.clone(), Subscription: r.subscription.clone(), Layout: r.layout.clone(), Onhold: r.onhold(),
		Outputs: slices.Clone(r.outputs), Storage: r.storageConfig.clone(),
	}
}

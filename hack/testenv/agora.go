// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// Agora is a simulator in place of Agora.
type Agora struct {
	*agorasim.Simulator
	// URL is the URL for the operator.
	URL string
}

// StartAgora starts a simulator. The cleanup stops it.
func StartAgora(cleanup *Cleanup, options agorasim.Options) (*Agora, error) {
	simulator := agorasim.New(options)
	cleanup.Add(func() error { simulator.Close(); return nil })
	server, err := simulator.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	cleanup.Add(server.Close)
	return &Agora{Simulator: simulator, URL: server.URL}, nil
}

// Begin begins a recording at Agora, and returns an object that adopts it. The object uses the
// credentials in a Secret.
func (a *Agora) Begin(options agorasim.RecordingOptions, namespace, secret string) (*v1alpha1.CloudRecording, error) {
	begun, err := a.AddRecording(options)
	if err != nil {
		return nil, fmt.Errorf("begin recording %s: %w", options.CName, err)
	}
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: begun.CName},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: begun.AppID, CName: begun.CName, UID: begun.UID, Mode: v1alpha1.RecordingMode(begun.Mode),
			ResourceID: begun.ResourceID, SID: begun.SID,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: secret},
		},
	}, nil
}

// SPDX-License-Identifier: Apache-2.0

package profiles

import (
	"context"
	"fmt"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/config/crd"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/resolution"
	"cloudrecording.dev/operator/controllers/validation"
)

// Resolver adds what a profile gives to a recording for which it is not in effect yet.
type Resolver struct {
	reader client.Reader

	// validator is created when it is first needed: most clusters may have no profiles.
	validator func() (*validation.Validator, error)
}

// NewResolver returns a resolver that reads profiles.
func NewResolver(reader client.Reader) *Resolver {
	return &Resolver{
		reader:    reader,
		validator: sync.OnceValues(func() (*validation.Validator, error) { return validation.New(crd.CloudRecordings) }),
	}
}

// Resolve gives a recording the fields of the profile that it awaits, and returns the
// version of the profile or what is wrong with it. It fails if the profile cannot be read
// or checked.
func (r *Resolver) Resolve(ctx context.Context, recording *v1alpha1.CloudRecording) (decision.ObservedProfile, error) {
	if !resolution.Awaits(recording) {
		return decision.ObservedProfile{}, nil
	}
	profile := &v1alpha1.CloudRecordingProfile{}
	name := client.ObjectKey{Namespace: recording.Namespace, Name: recording.Spec.ProfileRef.Name}
	err := r.reader.Get(ctx, name, profile)
	isMissing := apierrors.IsNotFound(err) || meta.IsNoMatchError(err)
	if isMissing && isRunning(recording.Spec) {
		// A running recording is looked after, and stopped, even without its profile.
		return decision.ObservedProfile{}, nil
	}
	if isMissing {
		resolution.Without(recording)
		return decision.ObservedProfile{Missing: true}, nil
	}
	if err != nil {
		return decision.ObservedProfile{}, fmt.Errorf("read the profile %q: %w", name.Name, err)
	}
	observed := decision.ObservedProfile{Version: v1alpha1.ProfileStatus{Name: profile.Name, UID: profile.UID, Generation: profile.Generation}}
	shared := resolution.Shared(recording, profile.Spec)
	observed.Shared = &shared
	resolution.With(recording, profile.Spec)
	refusals, err := r.refusals(recording)
	observed.Incomplete = strings.Join(refusals, "; ")
	resolution.Without(recording)
	return observed, err
}

// refusals returns what an API server would refuse about the recording if it gave its whole
// spec itself.
func (r *Resolver) refusals(recording *v1alpha1.CloudRecording) ([]string, error) {
	if missing := missingFields(recording.Spec); len(missing) > 0 {
		return missing, nil
	}
	validator, err := r.validator()
	if err != nil {
		return nil, err
	}
	whole := &v1alpha1.CloudRecording{Spec: *recording.Spec.DeepCopy()}
	whole.APIVersion, whole.Kind, whole.Name = v1alpha1.GroupVersion.String(), "CloudRecording", recording.Name
	whole.Spec.ProfileRef = nil
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(whole)
	if err != nil {
		return nil, fmt.Errorf("convert the recording: %w", err)
	}
	delete(object, "status")
	return validator.Refusals(object), nil
}

// Sample returns a recording that takes everything from a profile.
func Sample(profile *v1alpha1.CloudRecordingProfile) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{}
	recording.Namespace, recording.Name = profile.Namespace, profile.Name
	recording.Spec.ProfileRef = &v1alpha1.ProfileReference{Name: profile.Name}
	return Complete(recording, profile)
}

// Complete returns a recording with what it takes from a profile that is not in effect for
// it yet.
func Complete(recording *v1alpha1.CloudRecording, profile *v1alpha1.CloudRecordingProfile) *v1alpha1.CloudRecording {
	recording = recording.DeepCopy()
	resolution.With(recording, profile.Spec)
	resolution.Without(recording)
	return recording
}

// isRunning reports whether a spec names a running recording and has everything that calls
// to Agora need.
func isRunning(spec v1alpha1.CloudRecordingSpec) bool {
	return spec.SID != "" && spec.ResourceID != "" && len(missingFields(spec)) == 0
}

// missingFields names the fields that every recording needs and that neither the recording
// nor its profile gives.
func missingFields(spec v1alpha1.CloudRecordingSpec) (missing []string) {
	for _, field := range []struct {
		name    string
		isThere bool
	}{
		{"appId", spec.AppID != ""}, {"uid", spec.UID != ""}, {"mode", spec.Mode != ""}, {"credentialsSecretRef", spec.CredentialsSecretRef.Name != ""},
	} {
		if !field.isThere {
			missing = append(missing, "spec."+field.name+" is in neither of them")
		}
	}
	return missing
}

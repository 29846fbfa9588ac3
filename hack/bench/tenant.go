// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// tenantTrials is the number of another tenant's stops while objects are created.
	tenantTrials = 150

	// tenantSecrets is the number of Secrets. Each has tenantFinalizerBytes of finalizers,
	// which is close to etcd's limit.
	tenantSecrets        = 350
	tenantFinalizerBytes = 1_300_000

	// tenantRecordings is the number of recordings. Each is as large as the API server allows.
	tenantRecordings = 1_000

	// tenantRest is how long memory may take to settle.
	tenantRest = 10 * time.Second
)

// measureTenant measures the effect on other tenants of a tenant who creates large objects: the
// operator's memory, and the time until a stop.
func measureTenant(r *run) {
	r.measureBurden("Secrets with 1.3 MB of finalizers", r.scaled(tenantSecrets), largeSecret)
	r.measureBurden("recordings of the greatest size", r.scaled(tenantRecordings), largeRecording)
}

// measureBurden measures memory and stops while a tenant creates objects. The floor of the
// stops is measured while the same objects are created in a namespace that the operator does
// not watch, so that only the API server is busy with them.
func (r *run) measureBurden(objects string, count int, object func(number int) client.Object) {
	tenant, unwatched := r.createNamespace("tenant-"), r.createNamespace("unwatched-")
	e := r.open(environmentOptions{namespaces: []string{tenant}})
	recordings := e.adopt(e.accounts[0], manyRecordings("recording", 2*r.scaled(tenantTrials), 0))
	half := len(recordings) / 2
	what := fmt.Sprintf("%d %s", count, objects)
	tryDuring := func(namespace string, recordings []*v1alpha1.CloudRecording) trials {
		// The objects are created one after another. Concurrent writes would saturate the API
		// server on a machine with two cores, and even a plain watch would show nothing until
		// they end.
		var creating errgroup.Group
		creating.Go(func() error {
			for number := range count {
				created := object(number)
				created.SetNamespace(namespace)
				if err := r.Client.Create(r.ctx, created); err != nil {
					return fmt.Errorf("create %s: %w", created.GetName(), err)
				}
			}
			return nil
		})
		tried := e.try(recordings, trialPause)
		check(creating.Wait())
		r.sleep(tenantRest)
		return tried
	}
	r.say("creating %s where the operator does not look", what)
	elsewhere := tryDuring(unwatched, recordings[:half])
	before := e.forgetPeak()
	r.say("creating %s where it does", what)
	meanwhile := tryDuring(tenant, recordings[half:])
	_, peak := e.memory()
	r.report(plainRow(what+": peak memory above nothing", formatSize(peak-before), "< 100 MiB"))
	r.report(meanwhile.rows(what+": another tenant's stop meanwhile", elsewhere.reactions, "floor + 50 ms")...)
	e.checkStopped()
	check(e.close())
}

// largeSecret returns a Secret that consists mostly of finalizers.
func largeSecret(number int) client.Object {
	const finalizer = 200
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("large-%d", number)}}
	for i := range tenantFinalizerBytes / finalizer {
		name := fmt.Sprintf("%063d", i)
		domain := strings.Repeat(strings.Repeat("d", 33)+".", 4) + "com"
		secret.Finalizers = append(secret.Finalizers, domain[:finalizer-len(name)-4]+"/"+name)
	}
	return secret
}

// largeRecording returns a suspended recording. Its texts have the maximum length in four-byte
// characters.
func largeRecording(number int) client.Object {
	name := fmt.Sprintf("large-%d", number)
	wide := func(count int) string { return strings.Repeat("\U0001F3A5", count) }
	start := &v1alpha1.StartSpec{RecordingConfig: &v1alpha1.RecordingConfig{MaxIdleTime: 30, PrivateParams: `{"note":"` + wide(4000) + `"}`}}
	for i := range 16 {
		start.RawParameters = append(start.RawParameters, v1alpha1.RawParameter{Name: fmt.Sprintf("newMember%d", i), Value: `"` + wide(4000) + `"`})
		start.ExcludeResourceIDs = append(start.ExcludeResourceIDs, fmt.Sprintf("%01020d", i))
	}
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{"example.com/note": wide(60 << 10)}},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: appID, CName: name, UID: "1", Mode: v1alpha1.MixMode, Suspend: true, Start: start,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: newAccount(1).secretName},
			Storage:              &v1alpha1.StorageSpec{Vendor: 1, Bucket: "b", CredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: "bucket"}},
		},
	}
}

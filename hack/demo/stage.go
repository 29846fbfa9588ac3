// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/admin"
	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/manager"
)

const (
	// samples are the recordings that are started, and adopted those that run
	// already.
	samples = "config/samples"
	adopted = samples + "/adopted"

	// onDemand keeps files in Agora's backup until a scene has them transferred.
	onDemand = -1
)

// stage is what the demo runs on.
type stage struct {
	cluster  *controlplane.ControlPlane
	agora    *agorasim.Simulator
	server   *agorasim.Server
	store    *store
	operator *manager.Process
	folder   string
	log      *operatorLog
}

// setStage starts all that the demo needs. What it returns is to be cleared,
// with an error as well.
func setStage(ctx context.Context) (*stage, error) {
	s := &stage{}
	s.say("1 of 3: A Kubernetes API server is being started. The first time, its programs are downloaded, or built where that is not possible, which takes about ten minutes on two cores.")
	var err error
	s.cluster, err = controlplane.Start(ctx, controlplane.Options{CRDPaths: []string{"config/crd/bases"}})
	if err != nil {
		return s, fmt.Errorf("start the control plane: %w", err)
	}
	s.say("2 of 3: An S3 server is being started for the recorded files. The first time, it is built, which takes about two minutes.")
	if s.store, err = startStore(ctx); err != nil {
		return s, err
	}
	if err := s.startAgora(); err != nil {
		return s, err
	}
	if s.folder, err = os.MkdirTemp("", "cloudrecording-demo-"); err != nil {
		return s, fmt.Errorf("create a folder for the operator: %w", err)
	}
	if s.log, err = newOperatorLog(s.folder); err != nil {
		return s, err
	}
	s.say("3 of 3: The operator is being built, which takes a few minutes the first time, and started.")
	binary, err := manager.Build(ctx, s.folder)
	if err != nil {
		return s, err
	}
	receiver, err := manager.FreeAddress(ctx)
	if err != nil {
		return s, err
	}
	if err := s.agora.SetNotifications(agorasim.Notifications{
		Receiver: agorasim.Receiver{URL: "http://" + receiver, Secret: "demo-notifications"},
	}); err != nil {
		return s, err
	}
	s.operator, err = manager.Start(ctx, manager.Options{
		Binary:     binary,
		Kubeconfig: s.cluster.Kubeconfig,
		Arguments: []string{
			"--agora-endpoints", s.server.URL,
			// Looks that are minutes apart in earnest come every few seconds here.
			"--notifications-bind-address", receiver, "--notifications-namespace", "default",
			"--allowed-storage-endpoints", s.store.server.Endpoint,
			"--poll-interval", "2s", "--not-found-grace", "1s", "--upload-recheck-min", "1s", "--upload-recheck-max", "2s",
			"--upload-settle-time", "12s", "--allow-unsafe-timings",
		},
		Output: s.log.file,
	})
	return s, err
}

// startAgora starts the simulator, which takes the credentials in the samples, with
// the recordings running that are to be adopted.
func (s *stage) startAgora() error {
	s.agora = agorasim.New(agorasim.Options{
		Credentials:    map[string]string{"your-customer-id": "your-customer-secret", "demo-id": "demo-secret"},
		UploadDuration: time.Second,
		ExitAfter:      -1,
		Bucket:         s.store.bucket,
		Slices:         8,
	})
	files, err := filepath.Glob(filepath.Join(adopted, "*.yaml"))
	if err != nil {
		return fmt.Errorf("find the samples: %w", err)
	}
	for _, file := range files {
		if err := s.addSample(file); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	s.server, err = s.agora.Listen("127.0.0.1:0")
	return err
}

// addSample makes the recording of a sample run, if it is one.
func (s *stage) addSample(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the sample: %w", err)
	}
	var sample v1alpha1.CloudRecording
	if err := yaml.Unmarshal(content, &sample); err != nil {
		return fmt.Errorf("read the sample: %w", err)
	}
	if sample.Kind != "CloudRecording" {
		return nil
	}
	options := agorasim.RecordingOptions{
		AppID: sample.Spec.AppID, CName: sample.Spec.CName, UID: sample.Spec.UID, Mode: string(sample.Spec.Mode),
		ResourceID: sample.Spec.ResourceID, SID: sample.Spec.SID,
		ExitAfter: &metav1.Duration{Duration: time.Hour},
	}
	switch sample.Name {
	case "lesson-backed-up":
		options.UploadingStatus = agorasim.UploadingStatusBackuped
		options.Upload = &agorasim.Upload{TransferAfter: metav1.Duration{Duration: onDemand}}
	case "lesson-notified":
		options.UploadingStatus = agorasim.UploadingStatusBackuped
		options.Upload = &agorasim.Upload{TransferAfter: metav1.Duration{Duration: onDemand}, AnnounceTransfer: true}
	}
	_, err = s.agora.AddRecording(options)
	return err
}

// clear ends all that was started.
func (s *stage) clear() error {
	var failures []error
	if s.operator != nil {
		failures = append(failures, s.operator.Stop())
	}
	if s.server != nil {
		failures = append(failures, s.server.Close())
	}
	if s.agora != nil {
		s.agora.Close()
	}
	if s.store != nil {
		failures = append(failures, s.store.stop())
	}
	if s.cluster != nil {
		failures = append(failures, s.cluster.Stop())
	}
	if s.log != nil {
		failures = append(failures, s.log.file.Close())
	}
	if s.folder != "" {
		failures = append(failures, os.RemoveAll(s.folder))
	}
	return errors.Join(failures...)
}

// say tells what happens.
func (s *stage) say(text string) {
	fmt.Printf("\n== %s\n", text)
}

// keep waits for Ctrl-C.
func (s *stage) keep(ctx context.Context) error {
	admin, err := admin.Listen(s.agora, "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf(`
All of it goes on running until Ctrl-C. In another terminal:

  export KUBECONFIG=%[1]s
  alias kubectl=%[2]s
  kubectl get cloudrecordings
  kubectl apply -f %[3]s/start-web.yaml      starts another one; its neighbors are samples too

  curl %[4]s/recordings      what runs at the simulator, and how to break it:
                                         go run ./hack/agorasim/cmd/agorasim --help
  tail -f %[5]s
`, s.cluster.Kubeconfig, s.cluster.Kubectl, samples, admin.URL, s.log.path)
	<-ctx.Done()
	return admin.Close()
}

// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	namespace     = "cloudrecording-system"
	managerName   = "cloudrecording-controller-manager"
	operatorUser  = "system:serviceaccount:" + namespace + ":" + managerName
	policyName    = "cloudrecording-secrets"
	policyTimeout = time.Minute
)

// installation is config/default on a real API server.
type installation struct {
	plane *controlplane.ControlPlane
	admin client.Client
	// applied is the output of kubectl for the installation, and appliedAgain for its
	// repetition.
	applied, appliedAgain string
}

var installed installation

func TestMain(m *testing.M) {
	code, err := installAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func installAndRun(m *testing.M) (code int, err error) {
	ctx := context.Background()
	installed.plane, err = controlplane.Start(ctx, controlplane.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, installed.plane.Stop()) }()
	if installed.admin, err = testenv.NewClient(installed.plane.Config); err != nil {
		return 0, err
	}
	for _, said := range []*string{&installed.applied, &installed.appliedAgain} {
		if *said, err = kubectl(ctx, "apply", "-k", configDir("default")); err != nil {
			return 0, err
		}
	}
	if err := waitForPolicy(ctx); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// waitForPolicy waits until the API server enforces the policy, which takes some time after its
// creation.
func waitForPolicy(ctx context.Context) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "probe"}}
	if err := installed.admin.Create(ctx, secret); err != nil {
		return err
	}
	operator, err := newClientAs(operatorUser)
	if err != nil {
		return err
	}
	label := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"probe":"x"}}}`))
	err = wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, policyTimeout, true, func(ctx context.Context) (bool, error) {
		err := operator.Patch(ctx, secret, label, client.DryRunAll)
		return apierrors.IsForbidden(err) && strings.Contains(err.Error(), policyName), nil
	})
	if err != nil {
		return fmt.Errorf("wait for the policy to be enforced: %w", err)
	}
	return installed.admin.Delete(ctx, secret)
}

// newClientAs returns a client that acts as a user.
func newClientAs(user string) (client.Client, error) {
	return newClientOf(installed.plane, user)
}

func newClientOf(plane *controlplane.ControlPlane, user string) (client.Client, error) {
	config := rest.CopyConfig(plane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user}
	return testenv.NewClient(config)
}

func configDir(name string) string {
	return filepath.Join("..", "..", "..", "config", name)
}

// kubectl runs the control plane's kubectl.
func kubectl(ctx context.Context, args ...string) (string, error) {
	return kubectlOn(ctx, installed.plane, args...)
}

func kubectlOn(ctx context.Context, plane *controlplane.ControlPlane, args ...string) (string, error) {
	command := exec.CommandContext(ctx, plane.Kubectl, append([]string{"--kubeconfig", plane.Kubeconfig}, args...)...)
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, stderr.String())
	}
	return string(output), nil
}

import os

import infra.basetest


class TestBustd(infra.basetest.BRTest):
    config = infra.basetest.BASIC_TOOLCHAIN_CONFIG + \
        """
        BR2_PACKAGE_BUSTD=y
        BR2_PACKAGE_BUSTD_MEM_EATER=y
        BR2_TARGET_ROOTFS_CPIO=y
        # BR2_TARGET_ROOTFS_TAR is not set
        """

    def test_run(self):
        cpio_file = os.path.join(self.builddir, "images", "rootfs.cpio")
        self.emulator.boot(arch="armv7",
                           kernel="builtin",
                           options=["-initrd", cpio_file])
        self.emulator.login()

        self.assertRunOk("bustd --version")

        # The init script started it, and the kernel won't choose it.
        cmd = "cat /proc/$(cat /var/run/bustd.pid)/oom_score_adj"
        output, exit_code = self.emulator.run(cmd)
        self.assertEqual(exit_code, 0)
        self.assertEqual(output[0].strip(), "-1000")

        # An unknown flag must not start a second one.
        _, exit_code = self.emulator.run("bustd --no-such-flag")
        self.assertEqual(exit_code, 100)

        # An eater goes, whoever started it stays, the kernel had no part.
        self.assertRunOk("sleep 1000 &")
        _, exit_code = self.emulator.run("mem-eater -q -r 50", timeout=120)
        self.assertIn(exit_code, [128 + 9, 128 + 15])
        self.assertRunOk("dmesg | grep 'bustd: killed .* comm=mem-eater'")
        self.assertRunOk("pidof sleep")
        _, exit_code = self.emulator.run("dmesg | grep 'Out of memory'")
        self.assertNotEqual(exit_code, 0)

        self.assertRunOk("/etc/init.d/S02bustd restart")
        self.assertRunOk("/etc/init.d/S02bustd stop")
        _, exit_code = self.emulator.run("pidof bustd")
        self.assertNotEqual(exit_code, 0)

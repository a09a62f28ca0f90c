include $(sort $(wildcard $(BR2_EXTERNAL_BUSTD_PATH)/package/*/*.mk))
